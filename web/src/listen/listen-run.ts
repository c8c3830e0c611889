/** The state of what is being listened to, as the page shows it, and the rules that derive from it. */
import type { ApiFailure } from '../api.ts';
import type { Passage } from './transcript-words.ts';

/**
 * idle: nothing yet · sending: the file goes to the server · hearing: words arrive · live: the microphone is open ·
 * complete · stopped: by the listener · cut: it failed on the way, what was heard is kept · failed: nothing was heard.
 */
export type ListenPhase = 'idle' | 'sending' | 'hearing' | 'live' | 'complete' | 'stopped' | 'cut' | 'failed';

export type PendingWords = { readonly utterance: number; readonly text: string };

export type ListenRun = {
  readonly phase: ListenPhase;
  /** Of the file. */
  readonly name: string;
  readonly passages: readonly Passage[];
  /** Words of an utterance that may still change; only while live. */
  readonly pending: PendingWords | undefined;
  /** Somebody speaks at this moment; only while live. */
  readonly isSpeech: boolean;
  readonly doneSeconds: number;
  readonly expectedSeconds: number | undefined;
  /** Seconds of recording per second of work so far. */
  readonly speed: number | undefined;
  readonly model: string | undefined;
  readonly insteadOf: string | undefined;
  /** ISO 639-1. */
  readonly language: string | undefined;
  readonly durationSeconds: number | undefined;
  readonly speechSeconds: number | undefined;
  /** File format → file; once all of it was heard. */
  readonly captions: Readonly<Record<string, string>>;
  readonly failure: ApiFailure | undefined;
};

export const idleRun: ListenRun = {
  phase: 'idle',
  name: '',
  passages: [],
  pending: undefined,
  isSpeech: false,
  doneSeconds: 0,
  expectedSeconds: undefined,
  speed: undefined,
  model: undefined,
  insteadOf: undefined,
  language: undefined,
  durationSeconds: undefined,
  speechSeconds: undefined,
  captions: {},
  failure: undefined,
};

export function isBusy({ phase }: ListenRun): boolean {
  return phase === 'sending' || phase === 'hearing' || phase === 'live';
}

/** 0…1; undefined where the end is not known. */
export function shareDone({ phase, doneSeconds, expectedSeconds }: ListenRun): number | undefined {
  if (phase === 'complete') return 1;
  if (phase !== 'hearing' || expectedSeconds === undefined || expectedSeconds <= 0) return undefined;
  return Math.min(1, doneSeconds / expectedSeconds);
}

/** undefined until it can be told. */
export function secondsLeft({ phase, doneSeconds, expectedSeconds, speed }: ListenRun): number | undefined {
  if (phase !== 'hearing' || expectedSeconds === undefined || speed === undefined || speed <= 0) return undefined;
  return Math.max(0, expectedSeconds - doneSeconds) / speed;
}

/** One sentence for the eye and for screen readers. */
export function describeRun({ phase, passages, isSpeech }: ListenRun): string {
  switch (phase) {
    case 'idle': return '';
    case 'sending': return 'Sending the recording…';
    case 'hearing': return 'Listening to it…';
    case 'live': return isSpeech ? 'Listening to you…' : 'Waiting for you to speak…';
    case 'complete': return passages.length === 0 ? 'Nobody speaks in it.' : 'Finished.';
    case 'stopped': return passages.length === 0 ? 'Stopped.' : 'Stopped. What was heard so far is kept.';
    case 'cut': return 'It broke off. What was heard so far is kept.';
    case 'failed': return 'Nothing was heard.';
  }
}

const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' });

/** `fr` → `French`. */
export function languageName(code: string): string {
  return languageNames.of(code) ?? code;
}
