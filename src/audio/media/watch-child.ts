/** Looks after a decoding process from outside: how much memory it takes, and whether it still gets anywhere. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';

export type Breach = 'memory' | 'stall';

export type WatchOptions = {
  readonly pid: number;
  readonly memoryBytes: number;
  readonly stallMs: number;
  /** On the clock; undefined while nobody waits for it. */
  readonly waitingSinceMs: () => number | undefined;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
};

const pollMs = 50;

/** Resolves with the first limit that is passed, or undefined when the watch ends before. */
export async function watchChild(options: WatchOptions): Promise<Breach | undefined> {
  for (;;) {
    if (options.signal.aborted) return undefined;
    if ((await privateBytes(options.pid)) > options.memoryBytes) return 'memory';
    const since = options.waitingSinceMs();
    if (since !== undefined && options.clock.now() - since > options.stallMs) return 'stall';
    await options.clock.sleep(pollMs, options.signal).catch(() => undefined);
  }
}

/**
 * What the process holds for itself, proc_pid_status(5); the pages of FFmpeg's own file are not its doing. 0 where it
 * is gone, and where there is no /proc: there only the limit of its heap holds.
 */
async function privateBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = [...status.matchAll(/^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB/gm)].map(([, size]) => Number(size));
  return kilobytes.reduce((sum, size) => sum + size, 0) * 1024;
}
