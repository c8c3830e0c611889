/** Lets the loops of one stream wait until something about it has changed, and ends their waiting when it stops. */
import type { Clock } from '../clock.ts';

export type ChangeSignal = {
  /** Whoever waits looks again. */
  readonly changed: () => void;
  /** Resolves with the next change. */
  readonly next: () => Promise<void>;
  /** Resolves with the next change, or after the time. */
  readonly nextWithin: (durationMs: number) => Promise<void>;
  /** Resolves once it holds. Rejects with the reason of `stop` once stopped. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** The first reason counts. */
  readonly stop: (reason: unknown) => void;
  readonly stopped: AbortSignal;
};

export function createChangeSignal(clock: Pick<Clock, 'sleep'>): ChangeSignal {
  const stopping = new AbortController();
  let change = Promise.withResolvers<void>();

  function changed(): void {
    change.resolve();
    change = Promise.withResolvers();
  }

  return {
    changed,
    next: () => change.promise,
    async nextWithin(durationMs) {
      const timer = new AbortController();
      await Promise.race([change.promise, clock.sleep(durationMs, timer.signal).catch(() => undefined)]);
      timer.abort();
    },
    async until(condition) {
      for (;;) {
        stopping.signal.throwIfAborted();
        if (condition()) return;
        await change.promise;
      }
    },
    stop(reason) {
      stopping.abort(reason);
      changed();
    },
    stopped: stopping.signal,
  };
}
