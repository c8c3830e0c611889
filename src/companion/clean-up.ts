/** Forgets, now and then, what is too old: sessions and spoken replies, each by its own rows' dates. */
import type { Clock } from '../clock.ts';
import { toAntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';

export type CleanUp = {
  /** Idempotent; waits for what is being removed. */
  readonly close: () => Promise<void>;
};

export type CleanUpOptions = {
  /** By what the log calls it; each gives how many it removed. */
  readonly tasks: Readonly<Record<string, () => Promise<number>>>;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Begins at once. A task that fails is tried again the next time. */
export function startCleanUp({ tasks, everyMs, clock, log }: CleanUpOptions): CleanUp {
  const closing = new AbortController();
  const running = run();

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      for (const [name, task] of Object.entries(tasks)) await removeOld(name, task);
      await clock.sleep(everyMs, closing.signal).catch(() => undefined);
    }
  }

  async function removeOld(name: string, task: () => Promise<number>): Promise<void> {
    try {
      const removed = await task();
      if (removed > 0) log.info({ what: name, removed }, 'cleaned up');
    } catch (error) {
      log.error({ what: name, code: toAntiphonError(error).code, err: error }, 'clean-up failed');
    }
  }

  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}
