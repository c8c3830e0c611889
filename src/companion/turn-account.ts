/** The books of one turn: how long each stage took, its metrics and its line in the log; never what was said. */
import type { Clock } from '../clock.ts';
import { errorTable, type ErrorCode } from '../errors.ts';
import type { Speech } from '../speech/speak.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { TurnAsk, TurnTimings } from './turn.ts';

export type TurnAccount = {
  readonly time: <Value>(stage: 'hear' | 'remember', work: () => Promise<Value>) => Promise<Value>;
  /** The model was asked. */
  readonly asked: () => void;
  /** A piece of the reply came. */
  readonly wrote: () => void;
  /** It wrote its last word. */
  readonly thought: () => void;
  readonly firstAudio: (speech: Pick<Speech, 'progress'>) => void;
  readonly answered: () => TurnTimings;
  /** Settles the turn's books once; later calls do nothing. */
  readonly close: (outcome: 'ok' | ErrorCode, error?: unknown) => void;
};

export type TurnAccountOptions = { readonly dependencies: { readonly clock: Clock; readonly metrics: Metrics; readonly log: Logger }; readonly ask: TurnAsk };

export function createTurnAccount({ dependencies: { clock, metrics, log }, ask }: TurnAccountOptions): TurnAccount {
  const startedMs = clock.now();
  const since = (ms: number): number => round(clock.now() - ms);
  const timings: { -readonly [Key in keyof TurnTimings]: TurnTimings[Key] } = { hearMs: 0, rememberMs: 0, firstWordMs: 0, firstSentenceMs: 0, thinkMs: 0, speakMs: 0, firstAudioMs: 0, totalMs: 0 };
  let askedMs = startedMs;
  let hasWritten = false;
  let closed = false;

  return {
    time: async (stage, work) => {
      const beganMs = clock.now();
      const value = await work();
      timings[stage === 'hear' ? 'hearMs' : 'rememberMs'] = since(beganMs);
      return value;
    },
    asked: () => { askedMs = clock.now(); },
    wrote: () => {
      if (!hasWritten) timings.firstWordMs = since(askedMs);
      hasWritten = true;
    },
    thought: () => { timings.thinkMs = since(askedMs); },
    firstAudio: ({ progress }) => {
      timings.firstAudioMs = since(startedMs);
      // Of a text that is still being written, speech counts from its first sentence.
      timings.speakMs = round(progress().firstAudioMs ?? 0);
      timings.firstSentenceMs = Math.max(0, round(since(askedMs) - timings.speakMs));
    },
    answered: () => {
      timings.totalMs = since(startedMs);
      for (const [stage, ms] of Object.entries(stagesOf(timings))) metrics.turnStage.observe({ stage }, ms / 1000);
      metrics.turnFirstAudio.observe(timings.firstAudioMs / 1000);
      return { ...timings };
    },
    close: (outcome, error) => {
      if (closed) return;
      closed = true;
      metrics.turns.inc({ outcome });
      const fields = { request_id: ask.requestId, trace_id: ask.trace.traceId, session_id: ask.sessionId, typed: 'text' in ask.said, ...toLogFields(timings), outcome };
      if (outcome === 'ok' || errorTable[outcome].actor === 'caller') log.info(fields, 'turn');
      else log.warn({ ...fields, err: error }, 'turn failed');
    },
  };
}

function stagesOf({ hearMs, rememberMs, firstWordMs, firstSentenceMs, thinkMs, speakMs }: TurnTimings) {
  return { ...(hearMs === 0 ? {} : { hear: hearMs }), remember: rememberMs, first_word: firstWordMs, first_sentence: firstSentenceMs, think: thinkMs, speak: speakMs };
}

function toLogFields({ hearMs, rememberMs, firstWordMs, firstSentenceMs, thinkMs, speakMs, firstAudioMs, totalMs }: TurnTimings) {
  return { hear_ms: hearMs, remember_ms: rememberMs, first_word_ms: firstWordMs, first_sentence_ms: firstSentenceMs, think_ms: thinkMs, speak_ms: speakMs, first_audio_ms: firstAudioMs, total_ms: totalMs };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
