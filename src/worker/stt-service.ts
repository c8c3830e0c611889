/** stt.STTService over the worker's engines: pieces of recordings, sound as it is spoken, and which models are in memory. */
import type { Metadata, ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { fromS16le } from '../audio/pcm.ts';
import { hearingRateHz, type LoadedTranscriptionModel, type TranscriptionEngine } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { failCall, laneWeightOf, unaryWith } from './grpc-calls.ts';
import type { FollowSpeech } from './follow-speech.ts';
import type { RecognisePiece } from './recognise-piece.ts';
import { modelKey, type Residency, type ResidentModel } from './residency.ts';
import {
  toRecognizeResponse, type ListTranscriptionModelsResponse, type LoadTranscriptionModelResponse, type RecognizeRequest,
  type StreamingRecognizeRequest, type StreamingRecognizeResponse, type TranscriptionModelMessage,
} from './stt-protocol.ts';

/** An engine as a worker hosts it; `problems` tells which folders it cannot use and why. */
export type WorkerTranscriptionEngine = TranscriptionEngine & { readonly problems?: () => Promise<readonly string[]> };

export type SttServiceDependencies = {
  readonly engines: readonly WorkerTranscriptionEngine[];
  readonly residency: Residency<LoadedTranscriptionModel>;
  readonly recognise: RecognisePiece;
  readonly follow: FollowSpeech;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly log: Logger;
};

const longestPieceSeconds = 30;
const bytesPerSample = 2;

export function createSttService({ engines, residency, recognise, follow, now, log }: SttServiceDependencies): UntypedServiceImplementation {
  const unary = unaryWith(log);

  async function recognize(request: RecognizeRequest, signal: AbortSignal, metadata: Metadata) {
    if (request.model_id === '') throw new AntiphonError('input_invalid', 'model_id must not be empty.', { param: 'model_id' });
    const { heard, inferenceSeconds } = await recognise({
      modelId: request.model_id,
      samples: toSamples(request.audio_data),
      ...(request.language === '' ? {} : { language: request.language }),
      ...(request.prompt === '' ? {} : { prompt: request.prompt }),
      task: request.task === 'TASK_TRANSLATE' ? 'translate' : 'transcribe',
      temperature: request.temperature,
      words: request.words,
      careful: request.careful,
      deadlineMs: now() + request.answer_delay_ms,
      laneWeight: laneWeightOf(metadata),
    }, signal);
    return toRecognizeResponse(heard, inferenceSeconds);
  }

  async function loadModel({ model_id: modelId }: { model_id: string }, signal: AbortSignal): Promise<LoadTranscriptionModelResponse> {
    const listed = (await residency.list()).find((one) => [one.modelId, one.info.id].includes(modelId));
    const startedMs = now();
    const { model, release } = await residency.acquire(modelId, signal);
    try {
      const loadMs = listed?.loaded ? 0 : Math.max(1, Math.round(now() - startedMs));
      await model.warmUp();
      return { load_ms: loadMs, model: toMessage({ modelId: modelKey(model.info), info: model.info, loaded: model }) };
    } finally {
      release();
    }
  }

  return {
    Recognize: unary(recognize),
    StreamingRecognize: (call: ServerDuplexStream<StreamingRecognizeRequest, StreamingRecognizeResponse>) => {
      follow(call).then(() => call.end(), (error: unknown) => failCall(call, error, log));
    },
    ListModels: unary(async (): Promise<ListTranscriptionModelsResponse> => ({
      models: (await residency.list()).map(toMessage),
      problems: (await Promise.all(engines.map(async (engine) => (await engine.problems?.()) ?? []))).flat(),
    })),
    LoadModel: unary(loadModel),
    UnloadModel: unary(async ({ model_id: modelId }: { model_id: string }) => ({ success: await residency.unload(modelId) })),
  };
}

/** Errors: input_invalid. */
function toSamples(audio: Uint8Array): Float32Array {
  const samples = audio.length / bytesPerSample;
  if (samples < 1 || !Number.isInteger(samples) || samples > longestPieceSeconds * hearingRateHz) {
    throw new AntiphonError('input_invalid', `audio_data must be whole 16-bit samples at ${hearingRateHz} Hz, one to ${longestPieceSeconds} s of them.`, { param: 'audio_data' });
  }
  return fromS16le(audio);
}

function toMessage({ modelId, info, loaded }: ResidentModel<LoadedTranscriptionModel>): TranscriptionModelMessage {
  return {
    model_id: modelId,
    engine: info.engine,
    languages: [...info.languages],
    translates: info.translates,
    file_bytes: info.fileBytes,
    loaded: loaded !== undefined,
    resident_bytes: loaded?.residentBytes ?? 0,
    execution_provider: loaded?.executionProvider ?? '',
  };
}
