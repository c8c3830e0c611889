/** A lock between processes in one file: who holds it, a heartbeat, and taking it over from a holder that died. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { AntiphonError } from './errors.ts';

const holderSchema = z.object({ pid: z.number().int(), host: z.string(), token: z.string() });
type Holder = z.infer<typeof holderSchema>;

/** A holder of another machine or container cannot be asked whether it lives; its heartbeat can. */
const staleAfterMs = 30_000;
const heartbeatMs = 5000;
const pollMs = 250;

export type ProcessLock = {
  /** Aborts where another process took the lock over, say after this one was suspended for long. */
  readonly lost: AbortSignal;
  /** Idempotent. */
  release(): Promise<void>;
};

/** Waits until the lock is ours; `onWait` is called at every look, a few a second. Rejects when `signal` aborts. */
export async function acquireProcessLock(options: {
  path: string;
  signal: AbortSignal;
  onWait?: (holderPid: number) => Promise<void> | void;
}): Promise<ProcessLock> {
  const own: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
  await mkdir(path.dirname(options.path), { recursive: true });
  for (;;) {
    options.signal.throwIfAborted();
    if (await create(options.path, own)) return keepAlive(options.path, own);
    const holder = await readHolder(options.path);
    if (holder === undefined) continue;
    if (await isStale(options.path, holder)) {
      await takeAway(options.path, holder);
      continue;
    }
    await options.onWait?.(holder.pid);
    await sleep(pollMs, undefined, { signal: options.signal });
  }
}

/** True while a living process holds the lock. */
export async function isProcessLockHeld(lockPath: string): Promise<boolean> {
  const holder = await readHolder(lockPath);
  return holder !== undefined && !(await isStale(lockPath, holder));
}

/** A link is made whole or not at all, so that nobody ever reads a lock file without its holder in it. */
async function create(lockPath: string, own: Holder): Promise<boolean> {
  const draft = `${lockPath}.${own.token}`;
  await writeFile(draft, JSON.stringify(own));
  try {
    await link(draft, lockPath);
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return false;
    // exFAT and some network mounts have no links; there the exclusive flag has to do.
    if (hasCode(thrown, 'EPERM') || hasCode(thrown, 'ENOTSUP') || hasCode(thrown, 'ENOSYS')) return await createWithoutLink(lockPath, own);
    throw thrown;
  } finally {
    await rm(draft, { force: true });
  }
}

async function createWithoutLink(lockPath: string, own: Holder): Promise<boolean> {
  try {
    await writeFile(lockPath, JSON.stringify(own), { flag: 'wx' });
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'EEXIST')) return false;
    throw thrown;
  }
}

function keepAlive(lockPath: string, own: Holder): ProcessLock {
  const lost = new AbortController();
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    beating = beat();
  }, heartbeatMs).unref();

  async function beat(): Promise<void> {
    const holder = await readHolder(lockPath).catch(() => own);
    if (holder?.token !== own.token) lost.abort(new AntiphonError('model_not_ready', 'Another process took over this work.'));
    else await utimes(lockPath, new Date(), new Date()).catch(() => undefined);
  }

  return {
    lost: lost.signal,
    async release() {
      clearInterval(timer);
      await beating;
      if ((await readHolder(lockPath))?.token === own.token) await rm(lockPath, { force: true });
    },
  };
}

/** Undefined where there is no lock, or one whose content is no holder and thus from a crash in the middle of writing. */
async function readHolder(lockPath: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(lockPath, 'utf8');
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
  const parsed = holderSchema.safeParse(parseJson(text));
  // An unreadable holder is given the time of a heartbeat, then counts as dead.
  return parsed.success ? parsed.data : { pid: 0, host: '', token: text };
}

async function isStale(lockPath: string, holder: Holder): Promise<boolean> {
  if (holder.host === hostname() && !isAlive(holder.pid)) return true;
  try {
    return Date.now() - (await stat(lockPath)).mtimeMs > staleAfterMs;
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return false;
    throw thrown;
  }
}

/** Removes the lock of a dead holder. Two who see it at once may both come here, so what was moved is looked at again. */
async function takeAway(lockPath: string, dead: Holder): Promise<void> {
  const aside = `${lockPath}.${randomUUID()}`;
  try {
    await rename(lockPath, aside);
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return;
    throw thrown;
  }
  const moved = await readHolder(aside);
  // A living holder's lock was moved by mistake: back it goes, unless a third one was quicker.
  if (moved !== undefined && moved.token !== dead.token) await link(aside, lockPath).catch(() => undefined);
  await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it lives and belongs to another user.
    return hasCode(thrown, 'EPERM');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
