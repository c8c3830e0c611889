/** A worker as the rest of the house sees it: the engines' contracts over gRPC, with cancel and errors mapped, nothing else. */
import { credentials, Metadata, type Client, type ClientDuplexStream, type ClientReadableStream, type ClientUnaryCall, type ServiceError } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { fromS16le, toS16le } from '../audio/pcm.ts';
import type { ChatDelta, ChatRequest, Embeddings, HeardSpeech, SoundTiming, SpeechChunk, SpeechRequest, TranscriptionRequest } from '../engines/kinds.ts';
import { fromGrpcError } from './grpc-errors.ts';
import { createHealthClient } from './health-client.ts';
import { fromChatEvent, fromEmbedResponse, toWireChat, type ChatEvent, type EmbedRequest, type EmbedResponse, type ListLanguageModelsResponse, type LoadLanguageModelResponse, type WireChatRequest } from './llm-protocol.ts';
import { laneWeightKey, LlmServiceClient, SttServiceClient, TtsServiceClient, type AudioFrame, type GetCapabilitiesResponse, type LoadModelResponse, type ModelInfo, type TextChunk, type WireTiming } from './protocol.ts';
import { fromRecognizeResponse, type ListTranscriptionModelsResponse, type LoadTranscriptionModelResponse, type RecognizeRequest, type RecognizeResponse } from './stt-protocol.ts';

export type WorkerSpeechRequest = SpeechRequest & {
  readonly modelId: string;
  /** Milliseconds until a listener needs the first sample; 0: waiting now. */
  readonly playoutDelayMs: number;
  /** What its lane's turns are worth beside others'. Default 1. */
  readonly laneWeight?: number | undefined;
  /** Told, as it grows, how many seconds of inference it has taken. */
  readonly onInference?: ((seconds: number) => void) | undefined;
  /** W3C header value, so that the worker's log lines join the trace. */
  readonly traceparent?: string | undefined;
};

export type WorkerTranscriptionRequest = TranscriptionRequest & {
  readonly modelId: string;
  /** Milliseconds until somebody needs the answer; 0: waiting now. */
  readonly answerDelayMs: number;
  readonly laneWeight?: number | undefined;
  /** Told how many seconds of inference it took. */
  readonly onInference?: ((seconds: number) => void) | undefined;
  readonly traceparent?: string | undefined;
};

export type WorkerChatRequest = ChatRequest & { readonly modelId: string; readonly traceparent?: string | undefined };

export type WorkerEmbeddingRequest = { readonly modelId: string; readonly texts: readonly string[]; readonly traceparent?: string | undefined };

export type WorkerClient = {
  /** One sentence, chunk by chunk as the engine makes it, with the timings that it tells. Reading slowly slows the worker's stream, not its others. */
  readonly synthesise: (request: WorkerSpeechRequest, signal: AbortSignal) => AsyncGenerator<SpeechChunk>;
  readonly listModels: () => Promise<readonly ModelInfo[]>;
  readonly loadModel: (modelId: string, options: { readonly warmUp: boolean }) => Promise<LoadModelResponse>;
  readonly unloadModel: (modelId: string) => Promise<void>;
  readonly capabilities: () => Promise<GetCapabilitiesResponse>;
  /** One piece of a recording, whole or not at all. */
  readonly transcribe: (request: WorkerTranscriptionRequest, signal: AbortSignal) => Promise<HeardSpeech>;
  readonly listTranscriptionModels: () => Promise<ListTranscriptionModelsResponse>;
  /** Loads and warms it. */
  readonly loadTranscriptionModel: (modelId: string) => Promise<LoadTranscriptionModelResponse>;
  /** A conversation's continuation as it is written. Leaving the loop early ends the work. */
  readonly chat: (request: WorkerChatRequest, signal: AbortSignal) => AsyncGenerator<ChatDelta>;
  readonly embed: (request: WorkerEmbeddingRequest, signal: AbortSignal) => Promise<Embeddings>;
  readonly listLanguageModels: () => Promise<ListLanguageModelsResponse>;
  /** Loads and warms it. */
  readonly loadLanguageModel: (modelId: string) => Promise<LoadLanguageModelResponse>;
  readonly unloadLanguageModel: (modelId: string) => Promise<void>;
  /** Rejects with worker_lost when no answer came in time or the worker does not serve. */
  readonly checkHealth: (timeoutMs: number) => Promise<void>;
  readonly close: () => void;
};

/**
 * Several seconds of speech. With HTTP/2's 64 kB a chunk of Kokoro waits half-sent for our permission, which the worker
 * hears only after its next step: measured, 3.5 s to the first sound in place of 1.2.
 */
const windowBytes = 512 * 1024;

type UnaryCallback<Response> = (error: ServiceError | null, response: Response) => void;

/** Connects on first use. `address` as serveWorker gives it. */
export function createWorkerClient(address: string): WorkerClient {
  const options = { 'grpc.enable_retries': 0, 'grpc-node.flow_control_window': windowBytes, 'grpc.max_receive_message_length': 16 * 1024 * 1024 };
  const client = new TtsServiceClient(address, credentials.createInsecure(), options);
  const listening = new SttServiceClient(address, credentials.createInsecure(), options);
  const language = new LlmServiceClient(address, credentials.createInsecure(), options);
  const health = createHealthClient(address, options);

  function call<Response>(method: string, request: unknown): Promise<Response> {
    return callUnary<Response>(client, method, { request });
  }

  async function* synthesise(request: WorkerSpeechRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk> {
    signal.throwIfAborted();
    const stream = (client['Synthesize'] as (metadata: Metadata) => ClientDuplexStream<TextChunk, AudioFrame>).call(client, toMetadata(request));
    const onAbort = () => stream.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      stream.write(toOpeningChunk(request));
      stream.end();
      for await (const frame of stream as AsyncIterable<AudioFrame>) {
        request.onInference?.(frame.inference_seconds);
        if (frame.is_final) break;
        const chunk = { samples: fromS16le(frame.audio_data), sampleRateHz: frame.sample_rate };
        yield frame.timings.length === 0 ? chunk : { ...chunk, timings: frame.timings.map(fromWire) };
      }
    } catch (error) {
      signal.throwIfAborted();
      throw isServiceError(error) ? fromGrpcError(error) : error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      // After a full read this is a no-op; after an early return it frees the worker at once.
      stream.cancel();
    }
  }

  async function transcribe(request: WorkerTranscriptionRequest, signal: AbortSignal): Promise<HeardSpeech> {
    const message: RecognizeRequest = {
      model_id: request.modelId,
      audio_data: toS16le(request.samples),
      language: request.language ?? '',
      task: request.task === 'translate' ? 'TASK_TRANSLATE' : 'TASK_TRANSCRIBE',
      prompt: request.prompt ?? '',
      temperature: request.temperature ?? 0,
      words: request.words,
      careful: request.careful ?? false,
      answer_delay_ms: Math.max(0, Math.round(request.answerDelayMs)),
    };
    const response = await callUnary<RecognizeResponse>(listening, 'Recognize', { request: message, traceparent: request.traceparent, laneWeight: request.laneWeight, signal });
    request.onInference?.(response.inference_seconds);
    return fromRecognizeResponse(response, request);
  }

  async function* chat({ modelId, traceparent, ...request }: WorkerChatRequest, signal: AbortSignal): AsyncGenerator<ChatDelta> {
    signal.throwIfAborted();
    type Method = (request: WireChatRequest, metadata: Metadata) => ClientReadableStream<ChatEvent>;
    const stream = (language['Chat'] as Method).call(language, toWireChat(modelId, request), toMetadata({ traceparent }));
    const onAbort = () => stream.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const event of stream as AsyncIterable<ChatEvent>) yield fromChatEvent(event);
    } catch (error) {
      signal.throwIfAborted();
      throw isServiceError(error) ? fromGrpcError(error) : error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      stream.cancel();
    }
  }

  async function embed({ modelId, texts, traceparent }: WorkerEmbeddingRequest, signal: AbortSignal): Promise<Embeddings> {
    const request: EmbedRequest = { model_id: modelId, texts: [...texts] };
    return fromEmbedResponse(await callUnary<EmbedResponse>(language, 'Embed', { request, traceparent, signal }));
  }

  return {
    synthesise,
    transcribe,
    chat,
    embed,
    listLanguageModels: () => callUnary(language, 'ListModels', { request: {} }),
    loadLanguageModel: (modelId) => callUnary(language, 'LoadModel', { request: { model_id: modelId } }),
    unloadLanguageModel: async (modelId) => void (await callUnary(language, 'UnloadModel', { request: { model_id: modelId } })),
    listTranscriptionModels: () => callUnary(listening, 'ListModels', { request: {} }),
    loadTranscriptionModel: (modelId) => callUnary(listening, 'LoadModel', { request: { model_id: modelId } }),
    listModels: async () => (await call<{ models: ModelInfo[] }>('ListModels', {})).models,
    loadModel: (modelId, { warmUp }) => call<LoadModelResponse>('LoadModel', { model_id: modelId, preload_only: !warmUp }),
    unloadModel: async (modelId) => void (await call('UnloadModel', { model_id: modelId })),
    capabilities: () => call<GetCapabilitiesResponse>('GetCapabilities', {}),
    checkHealth: health.check,
    close: () => { client.close(); listening.close(); language.close(); health.close(); },
  };
}

type UnaryCall = CallContext & { readonly request: unknown; readonly signal?: AbortSignal };

/** Errors: those of the worker, worker_lost, the signal's reason. */
function callUnary<Response>(service: Client, method: string, { request, signal, ...context }: UnaryCall): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const onAbort = () => call.cancel();
    const done: UnaryCallback<Response> = (error, response) => {
      signal?.removeEventListener('abort', onAbort);
      if (!error) resolve(response);
      else reject(signal?.aborted === true ? signal.reason : fromGrpcError(error));
    };
    type Method = (request: unknown, metadata: Metadata, callback: UnaryCallback<Response>) => ClientUnaryCall;
    const call = (service as unknown as Record<string, Method>)[method]!.call(service, request, toMetadata(context), done);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** What goes with a call beside its message. */
type CallContext = { readonly traceparent?: string | undefined; readonly laneWeight?: number | undefined };

function toMetadata({ traceparent, laneWeight }: CallContext): Metadata {
  const metadata = new Metadata();
  if (traceparent !== undefined) metadata.set('traceparent', traceparent);
  if (laneWeight !== undefined) metadata.set(laneWeightKey, String(laneWeight));
  return metadata;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error;
}

function fromWire({ symbol, text_start: textStart, text_end: textEnd, start_sample: startSample, end_sample: endSample }: WireTiming): SoundTiming {
  return { symbol, textStart, textEnd, startSample, endSample };
}

function toOpeningChunk(request: WorkerSpeechRequest): TextChunk {
  const sessionId = randomUUID();
  const options = { voice: request.voice, speed: String(request.speed), pitch_semitones: String(request.pitchSemitones ?? 0), sample_rate_hz: 'native', frame_ms: 'chunk' };
  return {
    session_id: sessionId,
    text: request.text,
    is_final: true,
    sequence_number: 0,
    start: { session_id: sessionId, model_id: request.modelId, options },
    playout_delay_ms: Math.max(0, Math.round(request.playoutDelayMs)),
    whole_sentence: true,
    pronunciations: (request.pronunciations ?? []).map(({ start, end, ipa }) => ({ start, end, ipa })),
  };
}
