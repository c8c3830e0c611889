/** The books of one transcription: its figures, metrics, the log line and the record. */
import { errorTable, type ErrorCode } from '../errors.ts';
import type { OpenUsage } from '../usage.ts';
import type { HeardPart } from './hear-pieces.ts';
import type { TranscribeDependencies } from './transcribe.ts';
import type { TranscribeRequest, TranscriptSummary } from './transcript.ts';

export type TranscriptRecord = {
  readonly requestId: string;
  readonly owner: string;
  readonly model: string;
  readonly language: string | undefined;
  readonly audioSeconds: number;
  readonly speechSeconds: number;
  readonly durationMs: number;
  /** `ok` or an error code. */
  readonly outcome: string;
};

export type TranscriptAccount = {
  readonly heard: (part: HeardPart) => void;
  /** Settles the books once; what was used is in the ledger when it resolves. Later calls only wait for that. */
  readonly close: (outcome: 'ok' | ErrorCode, error?: unknown) => Promise<void>;
  readonly summary: () => TranscriptSummary;
};

export type TranscriptAccountOptions = {
  readonly dependencies: Pick<TranscribeDependencies, 'clock' | 'metrics' | 'log' | 'record'>;
  readonly request: Pick<TranscribeRequest, 'requestId' | 'trace' | 'caller'>;
  /** As far as is known. */
  readonly model: () => string;
  /** As given by the caller. */
  readonly language: string | undefined;
  readonly usage: OpenUsage;
  /** Of inference, so far. */
  readonly computeSeconds: () => number;
};

export function createTranscriptAccount({ dependencies, request, model: modelNow, language: given, usage, computeSeconds }: TranscriptAccountOptions): TranscriptAccount {
  const { clock, metrics, log, record } = dependencies;
  const startedMs = clock.now();
  let summary: TranscriptSummary = { language: given, languageProbability: given === undefined ? 0 : 1, durationSeconds: 0, speechSeconds: 0 };
  let settled: Promise<void> | undefined;

  return {
    summary: () => summary,
    heard: ({ doneSeconds, speechSeconds, language }) => {
      metrics.transcribedSeconds.inc({ model: modelNow() }, Math.max(0, doneSeconds - summary.durationSeconds));
      const told = summary.language === undefined ? language : undefined;
      summary = { ...summary, ...told && { language: told.language, languageProbability: told.languageProbability }, durationSeconds: doneSeconds, speechSeconds: summary.speechSeconds + speechSeconds };
    },
    close: (outcome, error) => {
      if (settled !== undefined) return settled;
      const model = modelNow();
      const durationMs = clock.now() - startedMs;
      const { language, durationSeconds: audioSeconds, speechSeconds } = summary;
      settled = usage.settle({ engine: model, characters: 0, audioSeconds, computeSeconds: computeSeconds(), outcome });
      metrics.transcriptionRequests.inc({ model, outcome });
      metrics.transcriptionDuration.observe({ model }, durationMs / 1000);
      if (outcome === 'ok' && audioSeconds > 0) metrics.transcriptionRealTime.observe({ model }, durationMs / 1000 / audioSeconds);
      record({ requestId: request.requestId, owner: request.caller.owner, model, language, audioSeconds, speechSeconds, durationMs, outcome });
      const fields = { request_id: request.requestId, trace_id: request.trace.traceId, model, language, audio_s: round(audioSeconds), speech_s: round(speechSeconds), duration_ms: round(durationMs), outcome };
      // What the caller did wrong is told to the caller; the log keeps the cause of everything else.
      if (outcome === 'ok' || errorTable[outcome].actor === 'caller') log.info(fields, 'transcription');
      else log.warn({ ...fields, err: error }, 'transcription failed');
      return settled;
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
