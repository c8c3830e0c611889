/**
 * A worker that is there while somebody needs it: started at the first use, watched and replaced like any other, and
 * ended with all it holds once nobody has needed it for a while.
 */
import type { Clock } from '../clock.ts';
import type { WorkerClient } from './client.ts';
import type { SupervisedWorker, WorkerState } from './supervised-worker.ts';

export type OnDemandWorker = {
  readonly id: string;
  /** `stopped` while nobody needs it. */
  readonly state: () => WorkerState;
  readonly client: () => WorkerClient | undefined;
  /** Replaced since the start, over all of its lives. */
  readonly restarts: () => number;
  /** Starts it where it is not there; it stays until the use has ended and the idle time is over. Gives what ends the use, idempotent. */
  readonly use: () => () => void;
  readonly close: (graceMs: number) => Promise<void>;
};

export type OnDemandWorkerOptions = {
  readonly id: string;
  readonly idleMs: number;
  readonly clock: Clock;
  /** Begins one life, as superviseWorker does. */
  readonly start: () => SupervisedWorker;
};

/** Nobody waits for it when it ends. */
const idleGraceMs = 5_000;

export function createOnDemandWorker({ id, idleMs, clock, start }: OnDemandWorkerOptions): OnDemandWorker {
  let worker: SupervisedWorker | undefined;
  let users = 0;
  let restartsBefore = 0;
  let idling: AbortController | undefined;
  const leaving = new Set<Promise<void>>();

  function end(graceMs: number): void {
    if (worker === undefined) return;
    restartsBefore += worker.restarts();
    const gone = worker.close(graceMs).finally(() => leaving.delete(gone));
    leaving.add(gone);
    worker = undefined;
  }

  function beginIdling(): void {
    const patience = new AbortController();
    idling = patience;
    clock.sleep(idleMs, patience.signal).then(() => end(idleGraceMs), () => undefined);
  }

  return {
    id,
    state: () => worker?.state() ?? { name: 'stopped' },
    client: () => {
      const state = worker?.state();
      return state?.name === 'ready' ? state.client : undefined;
    },
    restarts: () => restartsBefore + (worker?.restarts() ?? 0),
    use: () => {
      idling?.abort();
      users++;
      worker ??= start();
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        users--;
        if (users === 0) beginIdling();
      };
    },
    close: async (graceMs) => {
      idling?.abort();
      end(graceMs);
      await Promise.all(leaving);
    },
  };
}
