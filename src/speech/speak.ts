/** Text in, encoded speech out: the story of a speech request, told once for every client. */
import { createEncoder, encodeStream } from '../audio/encoder.ts';
import { audioFormats, outputRateFor, type AudioFormatId } from '../audio/formats.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { RequestHandle, RequestRegistry } from '../dispatch/request-registry.ts';
import type { SpeechPool } from '../dispatch/speech-pool.ts';
import { AntiphonError, errorTable, toAntiphonError, type ErrorCode } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { toTraceparent, type TraceContext } from '../telemetry/trace-context.ts';
import { chooseVoice, type ChosenVoice } from './choose-voice.ts';
import { joinSentences } from './join-sentences.ts';
import { prepareText, type PlannedSentence } from './prepare-text.ts';
import { synthesiseInOrder } from './sentence-pipeline.ts';
import type { VoiceCatalog } from './voice-catalog.ts';

export type SpeakRequest = {
  readonly requestId: string;
  readonly trace: TraceContext;
  readonly text: string;
  /** `tts-1`, an engine, or a model of one. */
  readonly model: string;
  readonly voice?: string | undefined;
  /** 0.25…4. */
  readonly speed: number;
  readonly format: AudioFormatId;
  readonly sampleRateHz?: number | undefined;
  readonly bitrateBps?: number | undefined;
};

export type Speech = {
  readonly contentType: string;
  readonly fileExtension: string;
  readonly voice: ChosenVoice;
  readonly outputRateHz: number;
  readonly characters: number;
  /** Encoded audio as it is made. Leaving the loop early cancels the inference. */
  readonly bytes: AsyncGenerator<Uint8Array>;
  /** Figures so far, whole once `bytes` has ended. */
  readonly progress: () => SpeechProgress;
};

export type SpeechProgress = {
  /** From the request in hand to the first encoded audio; undefined before. */
  readonly firstAudioMs: number | undefined;
  readonly audioSeconds: number;
  readonly elapsedMs: number;
};

export type SpeechRecord = {
  readonly requestId: string;
  readonly engine: string;
  readonly voice: string;
  readonly format: string;
  readonly characters: number;
  readonly audioSeconds: number;
  readonly firstAudioMs: number | undefined;
  readonly durationMs: number;
  /** `ok` or an error code. */
  readonly outcome: string;
};

export type SpeakDependencies = {
  readonly config: Config['speech'];
  readonly catalog: VoiceCatalog;
  readonly pool: SpeechPool;
  readonly requests: RequestRegistry;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Takes the outcome of every request; must not block. */
  readonly record: (record: SpeechRecord) => void;
};

export type Speak = (request: SpeakRequest, caller: AbortSignal) => Promise<Speech>;

/**
 * The returned function checks everything that can be checked without inference and gives the stream; what goes
 * wrong later rejects from `bytes`. Errors: those of prepareText, chooseVoice, outputRateFor and the pool.
 */
export function createSpeak(dependencies: SpeakDependencies): Speak {
  const { config, catalog, pool, clock } = dependencies;
  return async (request, caller) => {
    const startedMs = clock.now();
    checkSpeed(request.speed);
    const voice = await findVoice(request);
    const sentences = prepareText({ text: request.text, language: voice.language, maxCharacters: config.maxInputCharacters, sentencePauseMs: config.sentencePauseMs, paragraphPauseMs: config.paragraphPauseMs, speed: request.speed });
    const outputRateHz = outputRateFor({ format: request.format, sourceRateHz: voice.sampleRateHz, wantedHz: request.sampleRateHz });
    pool.admit();
    const account = createAccount({ dependencies, request, voice, startedMs });
    return {
      contentType: audioFormats[request.format].contentType,
      fileExtension: audioFormats[request.format].fileExtension,
      voice,
      outputRateHz,
      characters: request.text.length,
      bytes: stream({ request, sentences, voice, outputRateHz, caller, account }),
      progress: account.progress,
    };
  };

  async function findVoice({ model, voice }: SpeakRequest): Promise<ChosenVoice> {
    try {
      return chooseVoice({ model, voice, models: await catalog.models(), config });
    } catch (error) {
      if (!['voice_unknown', 'model_unknown', 'model_not_ready', 'worker_unavailable'].includes(toAntiphonError(error).code)) throw error;
      // It may have been dropped into the voices folder a second ago.
      return chooseVoice({ model, voice, models: await catalog.refreshForCaller(), config });
    }
  }

  type StreamOptions = { request: SpeakRequest; sentences: readonly PlannedSentence[]; voice: ChosenVoice; outputRateHz: number; caller: AbortSignal; account: Account };

  async function* stream({ request, sentences, voice, outputRateHz, caller, account }: StreamOptions): AsyncGenerator<Uint8Array> {
    const handle = dependencies.requests.begin({ id: request.requestId, kind: 'speech', model: voice.modelId, voice: voice.voice, characters: request.text.length }, caller);
    try {
      const encoder = createEncoder({ format: request.format, inputRateHz: voice.sampleRateHz, outputRateHz, bitrateBps: request.bitrateBps });
      const samples = account.counted(joinSentences({ sentences: synthesise(), pausesAfterMs: sentences.map(({ pauseAfterMs }) => pauseAfterMs), sampleRateHz: voice.sampleRateHz }), handle);
      for await (const bytes of encodeStream({ encoder, inputRateHz: voice.sampleRateHz, chunks: samples })) {
        account.sent();
        yield bytes;
      }
      account.close('ok');
    } catch (error) {
      account.close(toAntiphonError(error).code, error);
      throw error;
    } finally {
      // Reached without either where the reader has left the loop.
      account.close('cancelled');
      handle.end();
    }

    function synthesise() {
      return synthesiseInOrder({
        sentences: sentences.map(({ text }) => text),
        ahead: config.sentencesAhead,
        bufferSeconds: config.bufferSeconds,
        speed: request.speed,
        clock,
        signal: handle.signal,
        synthesise: (text, playoutDelayMs, signal) => pool.synthesise({ modelId: voice.modelId, voice: voice.voice, speed: request.speed, text, playoutDelayMs, traceparent: toTraceparent(request.trace) }, signal),
      });
    }
  }
}

function checkSpeed(speed: number): void {
  if (speed >= 0.25 && speed <= 4) return;
  throw new AntiphonError('input_invalid', `speed must be between 0.25 and 4, not ${speed}.`, { param: 'speed' });
}

type Account = {
  /** Counts what passes. */
  readonly counted: (samples: AsyncIterable<Float32Array>, handle: RequestHandle) => AsyncGenerator<Float32Array>;
  readonly sent: () => void;
  /** Settles the request's books once; later calls do nothing. */
  readonly close: (outcome: 'ok' | ErrorCode, error?: unknown) => void;
  readonly progress: () => SpeechProgress;
};

type AccountOptions = { readonly dependencies: SpeakDependencies; readonly request: SpeakRequest; readonly voice: ChosenVoice; readonly startedMs: number };

/** Metrics, the live queue's figures, the log line and the record of one request. */
function createAccount({ dependencies, request, voice, startedMs }: AccountOptions): Account {
  const { clock, metrics, log, record } = dependencies;
  const labels = { engine: voice.engine, format: request.format };
  let audioSeconds = 0;
  let firstAudioMs: number | undefined;
  let closed = false;
  metrics.characters.inc({ engine: voice.engine }, request.text.length);

  return {
    counted: async function* (samples, handle) {
      for await (const part of samples) {
        audioSeconds += part.length / voice.sampleRateHz;
        handle.update({ phase: 'speaking', audioSeconds });
        yield part;
      }
    },
    sent: () => {
      // A container's header comes before any audio is there.
      if (firstAudioMs !== undefined || audioSeconds === 0) return;
      firstAudioMs = clock.now() - startedMs;
      metrics.firstAudio.observe(labels, firstAudioMs / 1000);
    },
    close: (outcome, error) => {
      if (closed) return;
      closed = true;
      const durationMs = clock.now() - startedMs;
      metrics.speechRequests.inc({ engine: voice.engine, outcome });
      metrics.requestDuration.observe(labels, durationMs / 1000);
      metrics.audioSeconds.inc({ engine: voice.engine }, audioSeconds);
      const figures = { requestId: request.requestId, engine: voice.engine, voice: voice.voice, format: request.format, characters: request.text.length, audioSeconds, firstAudioMs, durationMs, outcome };
      record(figures);
      const fields = { request_id: request.requestId, trace_id: request.trace.traceId, engine: voice.engine, voice: voice.voice, format: request.format, characters: request.text.length, audio_s: round(audioSeconds), first_audio_ms: firstAudioMs === undefined ? undefined : round(firstAudioMs), duration_ms: round(durationMs), outcome };
      // What the caller did wrong is told to the caller; the log keeps the cause of everything else.
      if (outcome === 'ok' || errorTable[outcome].actor === 'caller') log.info(fields, 'speech');
      else log.warn({ ...fields, err: error }, 'speech failed');
    },
    progress: () => ({ firstAudioMs, audioSeconds, elapsedMs: clock.now() - startedMs }),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
