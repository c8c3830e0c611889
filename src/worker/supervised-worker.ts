/**
 * The life of one worker slot: start, watch, replace. States and what moves them:
 * starting → ready (it listens and its preloaded models are in) → lost (exit, or hung and killed) → starting (after
 * the backoff) …; any state → stopped (the owner closes).
 */
import type { Clock } from '../clock.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { WorkerClient } from './client.ts';
import type { WorkerExit, WorkerProcess } from './worker-process.ts';

export type WorkerState =
  | { readonly name: 'starting' }
  | { readonly name: 'ready'; readonly client: WorkerClient; readonly pid: number }
  | { readonly name: 'lost'; readonly cause: string }
  | { readonly name: 'stopped' };

export type SupervisedWorker = {
  readonly id: string;
  readonly state: () => WorkerState;
  readonly restarts: () => number;
  /** Lets its calls finish within the time, then ends it. Idempotent. */
  readonly close: (graceMs: number) => Promise<void>;
};

export type SuperviseOptions = {
  readonly id: string;
  readonly spawn: () => WorkerProcess;
  readonly connect: (address: string) => WorkerClient;
  /** Runs before the worker counts as ready: loads what it must have. A failure here is logged, not fatal. */
  readonly prepare: (client: WorkerClient) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly startTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly restartBackoffMs: number;
  readonly onChange: (worker: SupervisedWorker, state: WorkerState) => void;
};

const exitNoticeMs = 50;
const longestBackoffMs = 30_000;
/** A worker that stayed up this long has earned a fresh backoff. */
const stableAfterMs = 60_000;

export function superviseWorker(options: SuperviseOptions): SupervisedWorker {
  const { id, clock, log } = options;
  const closing = new AbortController();
  let state: WorkerState = { name: 'starting' };
  let process: WorkerProcess | undefined;
  let restarts = 0;
  let backoffMs = options.restartBackoffMs;
  const worker: SupervisedWorker = { id, state: () => state, restarts: () => restarts, close: (graceMs) => (closed ??= close(graceMs)) };
  let closed: Promise<void> | undefined;
  const life = live();

  function enter(next: WorkerState): void {
    state = next;
    options.onChange(worker, next);
  }

  async function live(): Promise<void> {
    while (!closing.signal.aborted) {
      const bornMs = clock.now();
      const cause = await liveOnce();
      if (closing.signal.aborted) return;
      enter({ name: 'lost', cause });
      if (clock.now() - bornMs > stableAfterMs) backoffMs = options.restartBackoffMs;
      restarts++;
      log.warn({ worker: id, cause, restart_in_ms: backoffMs, restarts }, 'worker lost');
      await clock.sleep(backoffMs, closing.signal).catch(() => undefined);
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
    }
  }

  /** One process from birth to death; says why it ended. */
  async function liveOnce(): Promise<string> {
    enter({ name: 'starting' });
    process = options.spawn();
    const exited = process.exited.then(describeExit);
    let client: WorkerClient | undefined;
    const over = new AbortController();
    try {
      const address = await withDeadline(process.ready, options.startTimeoutMs, over.signal);
      client = options.connect(address);
      await Promise.race([options.prepare(client).catch((error: unknown) => log.warn({ worker: id, err: error }, 'worker could not preload')), exited]);
      if (closing.signal.aborted) return 'closing';
      enter({ name: 'ready', client, pid: process.pid });
      return await Promise.race([exited, watch(client, over.signal)]);
    } catch (error) {
      return toAntiphonError(error).message;
    } finally {
      over.abort();
      if (!closing.signal.aborted) process.kill();
      client?.close();
    }
  }

  /** Resolves with the cause when a heartbeat stays out. */
  async function watch(client: WorkerClient, signal: AbortSignal): Promise<string> {
    const onlyExit = new Promise<never>(() => undefined);
    while (!signal.aborted) {
      try {
        await clock.sleep(options.heartbeatIntervalMs, signal);
        await client.checkHealth(options.heartbeatTimeoutMs);
      } catch {
        // A dead one answers no heartbeat either; its exit is noticed a moment later and tells more.
        if (!signal.aborted) await clock.sleep(exitNoticeMs, signal).catch(() => undefined);
        return signal.aborted ? onlyExit : 'hung: no heartbeat';
      }
    }
    return onlyExit;
  }

  async function withDeadline<Value>(promise: Promise<Value>, timeoutMs: number, signal: AbortSignal): Promise<Value> {
    const late = clock.sleep(timeoutMs, signal).then(() => { throw new AntiphonError('worker_unavailable', `The worker was not ready after ${timeoutMs} ms.`); });
    late.catch(() => undefined);
    return Promise.race([promise, late]);
  }

  async function close(graceMs: number): Promise<void> {
    closing.abort();
    process?.drain();
    const timeUp = new AbortController();
    await Promise.race([process?.exited, clock.sleep(graceMs, timeUp.signal).catch(() => undefined)]);
    timeUp.abort();
    process?.kill();
    await process?.exited;
    await life;
    enter({ name: 'stopped' });
  }

  return worker;
}

function describeExit({ code, signal }: WorkerExit): string {
  return signal === null ? `exit code ${code}` : `ended by ${signal}`;
}
