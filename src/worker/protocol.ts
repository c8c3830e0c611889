/** The worker's protocol as TypeScript: the files of proto/ loaded once, the messages of tts typed by hand here. */
import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, type GrpcObject, type ServiceClientConstructor, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const protoFiles = ['tts', 'stt', 'llm'].map((name) => fileURLToPath(new URL(`../../proto/${name}.proto`, import.meta.url)));

/** Definition with defaults filled in, 64-bit integers as numbers (no value here comes near 2^53), enums as names. */
export const packageDefinition = loadSync(protoFiles, { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true });

const packages = loadPackageDefinition(packageDefinition);
export const TtsServiceClient = (packages['tts'] as GrpcObject)['TTSService'] as ServiceClientConstructor;
export const ttsService: ServiceDefinition = TtsServiceClient.service;
export const SttServiceClient = (packages['stt'] as GrpcObject)['STTService'] as ServiceClientConstructor;
export const sttService: ServiceDefinition = SttServiceClient.service;
export const LlmServiceClient = (packages['llm'] as GrpcObject)['LLMService'] as ServiceClientConstructor;
export const llmService: ServiceDefinition = LlmServiceClient.service;

export type StartSessionRequest = { session_id: string; model_id: string; options: Record<string, string> };
export type TextChunk = {
  session_id: string; text: string; is_final: boolean; sequence_number: number;
  start: StartSessionRequest | null; playout_delay_ms: number; whole_sentence: boolean; pronunciations: WirePronunciation[];
};
export type WirePronunciation = { start: number; end: number; ipa: string };
export type WireTiming = { symbol: string; text_start: number; text_end: number; start_sample: number; end_sample: number };
export type AudioFrame = {
  session_id: string; audio_data: Uint8Array; sample_rate: number; frame_duration_ms: number; sequence_number: number; is_final: boolean;
  timings: WireTiming[]; inference_seconds: number;
};
export type ControlCommand = 'CONTROL_COMMAND_UNSPECIFIED' | 'PAUSE' | 'RESUME' | 'STOP' | 'RELOAD';
export type ControlRequest = { session_id: string; command: ControlCommand };
export type ModelInfo = {
  model_id: string; engine: string; voices: string[]; languages: string[]; sample_rate: number; file_bytes: number;
  loaded: boolean; resident_bytes: number; execution_provider: string;
  voice_details: { id: string; name: string; language: string; gender: string }[]; changes_pitch: boolean; tells_timings: boolean; takes_pronunciations: boolean; revision: string;
};
export type LoadModelRequest = { model_id: string; preload_only: boolean };
export type LoadModelResponse = { success: boolean; message: string; load_ms: number; model: ModelInfo };
export type EngineInfo = {
  id: string; blends_voices: boolean; streams_inside_sentence: boolean; execution_providers: string[]; problems: string[];
  changes_pitch: boolean; tells_timings: boolean; takes_pronunciations: boolean;
};
export type GetCapabilitiesResponse = {
  engines: EngineInfo[]; open_sessions: number; resident_bytes: number; resident_limit_bytes: number; rss_bytes: number; max_sessions: number;
};

/** Trailing metadata key under which a failure's code from the error table crosses the process boundary. */
export const errorCodeKey = 'antiphon-error-code';
/** Metadata key of a call: what its lane's turns are worth beside other lanes'. Absent: 1. */
export const laneWeightKey = 'antiphon-lane-weight';
export const errorParamKey = 'antiphon-error-param';
