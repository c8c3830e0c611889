/**
 * Decoding processes that stand ready, so that nobody waits for one to start. They begin once a file has been decoded,
 * and go again when no other comes: who seldom listens does not pay for them in memory.
 */
import type { Clock } from '../../clock.ts';
import type { DecodeChild } from './decode-child.ts';

export type SpareChildren = {
  /** One that is ready, if there is; it is the caller's from then on. */
  readonly take: () => DecodeChild | undefined;
  /**
   * Has what is missing start behind `current`, which decodes a file: soon after it has ended, since to start takes a
   * core that the file's own caller waits for; or after a second, because somebody may read a long film for hours.
   */
  readonly startBehind: (current: DecodeChild) => Promise<void>;
};

export type SpareChildrenOptions = {
  /** Spares at once. */
  readonly count: number;
  /** Whoever starts them ends them, too, at the latest when he closes. */
  readonly start: () => DecodeChild;
  /** Once aborted, none is started any more. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
};

/** So long the sound of a short file is searched for speech. */
const restMs = 60;
const longestDelayMs = 1000;
/** Longer without a file, and one goes. */
const idleMs = 60_000;

export function createSpareChildren({ count, start, signal, clock }: SpareChildrenOptions): SpareChildren {
  /** Each with what ends its waiting. */
  const ready = new Map<DecodeChild, AbortController>();

  function remove(child: DecodeChild): void {
    ready.get(child)?.abort();
    ready.delete(child);
  }

  function add(): void {
    const child = start();
    const waiting = new AbortController();
    ready.set(child, waiting);
    void child.exited.then(() => remove(child));
    clock.sleep(idleMs, waiting.signal).then(() => {
      remove(child);
      return child.kill();
    }).catch(() => undefined);
  }

  return {
    take() {
      const [child] = ready.keys();
      if (child !== undefined) remove(child);
      return child;
    },
    async startBehind(current) {
      const ended = new AbortController();
      void current.exited.then(() => ended.abort());
      await clock.sleep(longestDelayMs, ended.signal).catch(() => clock.sleep(restMs, signal)).catch(() => undefined);
      while (!signal.aborted && ready.size < count) add();
    },
  };
}
