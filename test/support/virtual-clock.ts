/** A clock that moves only when told to: time-dependent rules are tested without waiting. */
import type { Clock } from '../../src/clock.ts';

export type VirtualClock = Clock & {
  /** Moves time on, waking sleepers in order of their time, and lets what they started run. */
  readonly advance: (durationMs: number) => Promise<void>;
  /** How many wait for a later time: zero while whoever was woken is still at work that is not on this clock. */
  readonly sleeping: () => number;
};

export function createVirtualClock(): VirtualClock {
  let nowMs = 0;
  let sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  return {
    now: () => nowMs,
    sleeping: () => sleepers.length,
    sleep: (durationMs, signal) => new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = {
        atMs: nowMs + durationMs,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        sleepers = sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      sleepers.push(sleeper);
    }),
    advance: async (durationMs) => {
      const untilMs = nowMs + durationMs;
      await settle();
      for (;;) {
        const next = sleepers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        sleepers = sleepers.filter((one) => one !== next);
        nowMs = next.atMs;
        next.wake();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

/** Lets promises that are ready run, and what they make ready in turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => { setImmediate(resolve); });
}
