/** What is counted of everybody who asks: the words in which rooms report their work, and in which a quota says no. */
import type { Caller } from './caller.ts';

/** What a request makes of this machine. */
export type WorkAction = 'speech' | 'transcription' | 'chat' | 'embeddings';

export type UsageAsk = {
  readonly caller: Caller;
  readonly requestId: string;
  readonly action: WorkAction;
  /** Of text to speak; 0 where none is, or none is written yet. */
  readonly characters: number;
  /** Of a request that counts already: hearing and speaking in a spoken turn. Default false. */
  readonly isPart?: boolean | undefined;
};

/** What it came to. */
export type UsageFigures = {
  /** Who did it: an engine, a model or a provider. */
  readonly engine: string;
  readonly characters: number;
  readonly audioSeconds: number;
  /** Of it, what nobody had to make: it was kept, or made for another. */
  readonly cachedSeconds?: number;
  /** Of inference on this machine. */
  readonly computeSeconds: number;
  /** `ok` or an error code. */
  readonly outcome: string;
};

export type OpenUsage = {
  /** The row is on the disk when it resolves. Idempotent: the first figures stand. Never rejects: what cannot be written is logged and tried again. */
  readonly settle: (figures: UsageFigures) => Promise<void>;
};

export type UsageBook = {
  /** Reserves what is asked for before any work; resolves once that is on the disk. Errors: quota_exceeded, rate_limited (too many at once). */
  readonly open: (ask: UsageAsk) => Promise<OpenUsage>;
};
