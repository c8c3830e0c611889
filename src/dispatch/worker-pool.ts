/** One queue of one kind of work for the workers: earliest deadline first, to the least busy worker that has room. */
import type { Clock } from '../clock.ts';
import { AntiphonError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { WorkerClient } from '../worker/client.ts';
import { createDeadlineQueue } from './deadline-queue.ts';
import type { PoolWorker, ReadyWorker, WorkerRoster } from './worker-roster.ts';

export type Slot = {
  readonly worker: PoolWorker;
  readonly client: WorkerClient;
  /** Hands the place back; `ranSeconds` of work that ran to its end teaches what such work takes. Idempotent. */
  readonly release: (ranSeconds?: number) => void;
};

export type WorkerPool = {
  /** Resolves with a place on a worker. Errors: worker_unavailable when there was none in time, the signal's reason. */
  readonly acquire: (want: { readonly modelId: string; readonly delayMs: number; readonly patienceMs?: number }, signal: AbortSignal) => Promise<Slot>;
  /** Throws queue_full when the queue is at its bound: asked once a request, before any work. */
  readonly admit: () => void;
  readonly waiting: () => number;
};

export type WorkerPoolOptions = {
  /** In metrics: `speech`. */
  readonly name: string;
  /** What waits, in the words of errors: "sentences". */
  readonly unit: string;
  readonly roster: WorkerRoster;
  readonly maxPerWorker: number;
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

type Ticket = { readonly modelId: string; readonly grant: (slot: Slot) => void };

export function createWorkerPool({ name, unit, roster, maxPerWorker, maxWaiting, waitTimeoutMs, clock, metrics }: WorkerPoolOptions): WorkerPool {
  const queue = createDeadlineQueue<Ticket>();
  const open = new Map<string, number>();
  const openAt = (workerId: string): number => open.get(workerId) ?? 0;
  roster.subscribe(pump);

  function pump(): void {
    for (let free = freeWorkers(); queue.size() > 0 && free.length > 0; free = freeWorkers()) {
      const ticket = queue.take()!;
      ticket.grant(toSlot(roster.leastBusy(free, ticket.modelId), ticket.modelId));
    }
    metrics.queueDepth.set({ pool: name }, queue.size());
  }

  function freeWorkers(): readonly ReadyWorker[] {
    return roster.ready().filter(({ worker }) => openAt(worker.id) < maxPerWorker);
  }

  function toSlot({ worker, client }: ReadyWorker, modelId: string): Slot {
    const end = roster.load.begin(worker.id, modelId);
    let held = true;
    open.set(worker.id, openAt(worker.id) + 1);
    return {
      worker,
      client,
      release: (ranSeconds) => {
        if (!held) return;
        held = false;
        open.set(worker.id, openAt(worker.id) - 1);
        end(ranSeconds);
        pump();
      },
    };
  }

  return {
    acquire: async ({ modelId, delayMs, patienceMs = waitTimeoutMs }, signal) => {
      signal.throwIfAborted();
      const startedMs = clock.now();
      const { promise, resolve, reject } = Promise.withResolvers<Slot>();
      const place = queue.add({ modelId, grant: resolve }, startedMs + delayMs);
      const over = new AbortController();
      const giveUp = (error: unknown) => { place.remove(); reject(error); };
      const onAbort = () => giveUp(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      clock.sleep(patienceMs, over.signal).then(
        () => giveUp(new AntiphonError('worker_unavailable', 'No worker was free in time; the server is overloaded or its workers are down.', { retryAfterSeconds: 5 })),
        () => undefined,
      );
      pump();
      try {
        const slot = await promise;
        metrics.queueWait.observe({ pool: name }, (clock.now() - startedMs) / 1000);
        return slot;
      } finally {
        over.abort();
        signal.removeEventListener('abort', onAbort);
      }
    },
    admit: () => {
      if (queue.size() < maxWaiting) return;
      throw new AntiphonError('queue_full', `${maxWaiting} ${unit} are waiting, the most this server holds.`, { retryAfterSeconds: 2 });
    },
    waiting: queue.size,
  };
}
