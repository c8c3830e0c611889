/** The books of one speech request: metrics, the live queue's figures, the log line and the record. */
import type { RequestHandle } from '../dispatch/request-registry.ts';
import { errorTable, type ErrorCode } from '../errors.ts';
import { owesMark } from './marking/mark-policy.ts';
import type { ChosenVoice } from './choose-voice.ts';
import type { OpenUsage } from '../usage.ts';
import type { UsageMeter } from './usage-meter.ts';
import type { SpeakDependencies, SpeakRequest, SpeechProgress } from './speak.ts';

export type Account = {
  /** Counts samples on their way out. */
  readonly count: (samples: number, handle: RequestHandle) => void;
  /** Counts samples that were marked. */
  readonly marked: (chunks: AsyncIterable<Float32Array>) => AsyncGenerator<Float32Array>;
  readonly sent: () => void;
  /** Settles the request's books once; what was used is in the ledger when it resolves. Later calls only wait for that. */
  readonly close: (outcome: 'ok' | ErrorCode, error?: unknown) => Promise<void>;
  readonly progress: () => SpeechProgress;
};

export type AccountOptions = { readonly dependencies: SpeakDependencies; readonly request: SpeakRequest; /** Of the text so far. */ readonly characters: () => number; readonly voice: Pick<ChosenVoice, 'engine' | 'voice' | 'sampleRateHz'>; readonly startedMs: number; readonly usage: OpenUsage; readonly meter: UsageMeter };

export function createAccount({ dependencies, request, characters, voice, startedMs, usage, meter }: AccountOptions): Account {
  const { clock, metrics, log, record } = dependencies;
  const labels = { engine: voice.engine, format: request.format };
  // Asked of the policy and not of whoever marks: a stream that was forgotten shows as a share below one.
  const owes = owesMark(request.caller);
  let audioSeconds = 0;
  let firstAudioMs: number | undefined;
  let settled: Promise<void> | undefined;
  /** A text that is still being written has more at its end. */
  const accepted = characters();
  metrics.characters.inc({ engine: voice.engine }, accepted);

  return {
    count: (samples, handle) => {
      audioSeconds += samples / voice.sampleRateHz;
      handle.update({ phase: 'speaking', audioSeconds });
      if (owes) metrics.markOwedSeconds.inc({ lane: request.caller.lane }, samples / voice.sampleRateHz);
    },
    marked: async function* (chunks) {
      for await (const chunk of chunks) {
        metrics.markedSeconds.inc({ lane: request.caller.lane }, chunk.length / voice.sampleRateHz);
        yield chunk;
      }
    },
    sent: () => {
      // A container's header comes before any audio is there.
      if (firstAudioMs !== undefined || audioSeconds === 0) return;
      firstAudioMs = clock.now() - startedMs;
      metrics.firstAudio.observe(labels, firstAudioMs / 1000);
    },
    close: (outcome, error) => {
      if (settled !== undefined) return settled;
      settled = usage.settle({ engine: voice.engine, characters: characters(), audioSeconds, cachedSeconds: meter.cachedSeconds(), computeSeconds: meter.computeSeconds(), outcome });
      const durationMs = clock.now() - startedMs;
      metrics.speechRequests.inc({ engine: voice.engine, outcome });
      metrics.characters.inc({ engine: voice.engine }, characters() - accepted);
      if (outcome === 'ok') metrics.lanes.spoke(request.caller.lane, durationMs / 1000);
      metrics.requestDuration.observe(labels, durationMs / 1000);
      metrics.audioSeconds.inc({ engine: voice.engine }, audioSeconds);
      const figures = { requestId: request.requestId, owner: request.caller.owner, engine: voice.engine, voice: voice.voice, format: request.format, characters: characters(), audioSeconds, firstAudioMs, durationMs, outcome };
      record(figures);
      const fields = { request_id: request.requestId, trace_id: request.trace.traceId, engine: voice.engine, voice: voice.voice, format: request.format, characters: characters(), audio_s: round(audioSeconds), first_audio_ms: firstAudioMs === undefined ? undefined : round(firstAudioMs), duration_ms: round(durationMs), outcome };
      // What the caller did wrong is told to the caller; the log keeps the cause of everything else.
      if (outcome === 'ok' || errorTable[outcome].actor === 'caller') log.info(fields, 'speech');
      else log.warn({ ...fields, err: error }, 'speech failed');
      return settled;
    },
    progress: () => ({ firstAudioMs, audioSeconds, elapsedMs: clock.now() - startedMs }),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
