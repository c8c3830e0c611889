import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { acquireProcessLock, isProcessLockHeld } from './process-lock.ts';

const never = new AbortController().signal;

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'antiphon-lock-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('acquireProcessLock', () => {
  const lockPath = () => path.join(dir, 'work', 'x.lock');

  it('lets one in at a time, however many ask at once', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(Array.from({ length: 5 }, async () => {
      const lock = await acquireProcessLock({ path: lockPath(), signal: never });
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
      await lock.release();
    }));
    expect(most).toBe(1);
    expect(await readdir(path.dirname(lockPath()))).toEqual([]);
  });

  it('takes over from a holder whose heartbeat stopped, wherever it ran', async () => {
    const first = await acquireProcessLock({ path: lockPath(), signal: never });
    await first.release();
    await writeFile(lockPath(), JSON.stringify({ pid: 1, host: `not-${hostname()}`, token: 'elsewhere' }));
    expect(await isProcessLockHeld(lockPath())).toBe(true);
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(lockPath(), longAgo, longAgo);
    expect(await isProcessLockHeld(lockPath())).toBe(false);
    const second = await acquireProcessLock({ path: lockPath(), signal: never });
    await second.release();
  });

  it('stops waiting when the caller leaves', async () => {
    const held = await acquireProcessLock({ path: lockPath(), signal: never });
    const leave = new AbortController();
    const waiting = acquireProcessLock({ path: lockPath(), signal: leave.signal, onWait: () => leave.abort(new Error('left')) });
    await expect(waiting).rejects.toThrow();
    await held.release();
  });
});
