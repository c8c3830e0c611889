/** The state of the current speech as the page shows it, and the pure rules that derive from it. */
import type { ApiFailure, Speaker, SpeechRequest } from '../api.ts';
import type { TimedSentence } from '../api-schemas.ts';
import type { PlayerState } from '../audio/player-messages.ts';

/**
 * idle: nothing asked yet · asking: the server was asked, no audio yet · receiving · complete · stopped: by the
 * listener · cut: the connection broke, what came is kept · failed: refused before any audio.
 */
export type RunPhase = 'idle' | 'asking' | 'receiving' | 'complete' | 'stopped' | 'cut' | 'failed';

export type SpeechRun = {
  readonly phase: RunPhase;
  readonly playback: PlayerState;
  readonly request: SpeechRequest | undefined;
  readonly speaker: Speaker | undefined;
  readonly failure: ApiFailure | undefined;
  readonly receivedSeconds: number;
  /** What is said when, as far as it is known. */
  readonly sentences: readonly TimedSentence[];
  /** File format → file; once all of it was made. */
  readonly captions: Readonly<Record<string, string>> | undefined;
  /** Tenths of a second; the exact position is read from the session while drawing. */
  readonly positionSeconds: number;
  /** From the click to the first byte of audio, and to the first sample that was heard. */
  readonly firstByteMs: number | undefined;
  readonly firstSoundMs: number | undefined;
  /** Seconds of making per second of speech; known at the end. */
  readonly realTimeFactor: number | undefined;
};

export const idleRun: SpeechRun = {
  phase: 'idle',
  playback: 'paused',
  request: undefined,
  speaker: undefined,
  failure: undefined,
  receivedSeconds: 0,
  sentences: [],
  captions: undefined,
  positionSeconds: 0,
  firstByteMs: undefined,
  firstSoundMs: undefined,
  realTimeFactor: undefined,
};

export function isBusy({ phase }: SpeechRun): boolean {
  return phase === 'asking' || phase === 'receiving';
}

/** A guess at normal pace, so that the waveform does not have to shrink with every chunk that arrives. */
const charactersPerSecond = 14;

/** What the width of the waveform stands for, in seconds. */
export function spanSeconds({ phase, request, receivedSeconds }: SpeechRun): number {
  if (phase !== 'asking' && phase !== 'receiving') return Math.max(receivedSeconds, 0.1);
  const guess = request === undefined ? 0 : request.input.length / charactersPerSecond / request.speed;
  return Math.max(guess, receivedSeconds * 1.05, 1);
}

/** One sentence for the eye and for screen readers. */
export function describeRun(run: SpeechRun): string {
  switch (run.phase) {
    case 'idle': return '';
    case 'asking': return 'Asking for the first sound…';
    case 'receiving': return run.playback === 'paused' ? 'Paused; the rest is being made.' : 'Speaking while the rest is being made…';
    case 'stopped': return run.receivedSeconds > 0 ? 'Stopped. What was made so far is kept.' : 'Stopped.';
    case 'cut': return 'The connection was cut. What was heard is kept.';
    case 'failed': return 'Nothing was spoken.';
    case 'complete':
      if (run.playback === 'ended') return 'Finished.';
      return run.playback === 'paused' ? 'Paused.' : 'Speaking; all of it is here.';
  }
}
