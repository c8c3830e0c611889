/** All workers of this machine: as many processes as configured, each kept alive, all drained at the end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createWorkerClient, type WorkerClient } from './client.ts';
import { superviseWorker, type SupervisedWorker, type WorkerState } from './supervised-worker.ts';
import { spawnWorkerProcess } from './worker-process.ts';
import type { WorkerOptions } from './worker-options.ts';

export type Supervisor = {
  readonly workers: () => readonly SupervisedWorker[];
  /** Called on every change of a worker's state. */
  readonly subscribe: (listener: (worker: SupervisedWorker, state: WorkerState) => void) => () => void;
  /** Resolves when every worker is ready or has failed once. */
  readonly settled: () => Promise<void>;
  readonly close: (graceMs: number) => Promise<void>;
};

export type SupervisorOptions = {
  readonly count: number;
  readonly worker: Omit<WorkerOptions, 'name' | 'listen'>;
  readonly prepare: (client: WorkerClient, workerId: string) => Promise<void>;
  readonly timing: {
    readonly startTimeoutMs: number;
    readonly heartbeatIntervalMs: number;
    readonly heartbeatTimeoutMs: number;
    readonly restartBackoffMs: number;
  };
  readonly clock: Clock;
  readonly log: Logger;
};

export async function createSupervisor({ count, worker, prepare, timing, clock, log }: SupervisorOptions): Promise<Supervisor> {
  // The system's temporary folder, because a socket's path may have 107 bytes and a data folder's may be longer.
  const socketDir = await mkdtemp(join(tmpdir(), 'antiphon-'));
  const listeners = new Set<(worker: SupervisedWorker, state: WorkerState) => void>();
  let generation = 0;

  const workers = Array.from({ length: count }, (_, index) => {
    const id = `worker-${index}`;
    return superviseWorker({
      ...timing,
      id,
      clock,
      log,
      // A fresh socket for every life: the last process may have left its own behind.
      spawn: () => spawnWorkerProcess({ ...worker, name: id, listen: `unix:${join(socketDir, `${index}-${generation++}.sock`)}` }),
      connect: createWorkerClient,
      prepare: (client) => prepare(client, id),
      onChange: (changed, state) => listeners.forEach((listener) => listener(changed, state)),
    });
  });

  return {
    workers: () => workers,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settled: () => new Promise((resolve) => {
      const check = () => {
        if (workers.some((one) => one.state().name === 'starting')) return;
        listeners.delete(check);
        resolve();
      };
      listeners.add(check);
      check();
    }),
    close: async (graceMs) => {
      await Promise.all(workers.map((one) => one.close(graceMs)));
      await rm(socketDir, { recursive: true, force: true });
    },
  };
}
