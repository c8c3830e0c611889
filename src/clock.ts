/** Time as rooms see it, injected wherever it matters so that tests run on a virtual one. */
import { setTimeout as delay } from 'node:timers/promises';

export type Clock = {
  /** Monotonic milliseconds; only differences mean anything. */
  readonly now: () => number;
  /** Resolves after the time, or rejects with the signal's reason. */
  readonly sleep: (durationMs: number, signal?: AbortSignal) => Promise<void>;
};

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (durationMs, signal) => {
    try {
      await delay(durationMs, undefined, signal ? { signal } : {});
    } catch (error) {
      throw signal?.reason ?? error;
    }
  },
};
