/** The state of a conversation, as the page shows it, and the rules that derive from it. */
import type { ApiFailure } from '../api.ts';
import type { TurnTimings } from './talk-api.ts';

/**
 * idle: nobody's turn · sending: it goes to the server · thinking: it was heard, no word came back yet · replying: words
 * come, and sound · complete · stopped: by the listener · failed: what came until then is kept.
 */
export type TalkPhase = 'idle' | 'sending' | 'thinking' | 'replying' | 'complete' | 'stopped' | 'failed';

/** Something said, and what was answered. */
export type Exchange = {
  readonly id: number;
  /** undefined: it was spoken, and is not heard yet. */
  readonly said: string | undefined;
  readonly reply: string;
  /** Where the reply can be heard, while it is made and for a day. */
  readonly audioUrl: string | undefined;
  /** Who answered: `local`, or a provider. */
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly insteadOf: string | undefined;
  readonly timings: TurnTimings | undefined;
  /** From the wish to the first sound that left the loudspeaker. */
  readonly firstSoundMs: number | undefined;
  readonly failure: ApiFailure | undefined;
};

export type TalkRun = {
  readonly phase: TalkPhase;
  /** Oldest first. */
  readonly exchanges: readonly Exchange[];
  /** A reply is being heard. */
  readonly isPlaying: boolean;
};

export const idleRun: TalkRun = { phase: 'idle', exchanges: [], isPlaying: false };

export function newExchange(id: number, said: string | undefined): Exchange {
  return { id, said, reply: '', audioUrl: undefined, provider: undefined, model: undefined, insteadOf: undefined, timings: undefined, firstSoundMs: undefined, failure: undefined };
}

export function isBusy({ phase }: TalkRun): boolean {
  return phase === 'sending' || phase === 'thinking' || phase === 'replying';
}

/** One sentence for the eye and for screen readers; empty where nothing needs saying. */
export function describeRun({ phase, exchanges }: TalkRun): string {
  switch (phase) {
    case 'idle': return '';
    case 'sending': return exchanges.at(-1)?.said === undefined ? 'Listening to what you said…' : 'Asking…';
    case 'thinking': return 'Thinking…';
    case 'replying': return 'Answering…';
    case 'complete': return 'Answered.';
    case 'stopped': return 'Stopped.';
    case 'failed': return 'The answer failed.';
  }
}
