/** One queue of one kind of work for the workers: lane by lane, to the least busy worker that has room. */
import { laneIds, type LaneId } from '../caller.ts';
import type { Clock } from '../clock.ts';
import { AntiphonError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { WorkerClient } from '../worker/client.ts';
import { createLaneQueue, type WorkLane } from './lane-queue.ts';
import { laneWeight, type Asker, type Lanes } from './lanes.ts';
import type { PoolWorker, ReadyWorker, WorkerRoster } from './worker-roster.ts';

export type Slot = {
  readonly worker: PoolWorker;
  readonly client: WorkerClient;
  /** Hands the place back; `ranSeconds` of work that ran to its end teaches what such work takes. Idempotent. */
  readonly release: (ranSeconds?: number) => void;
};

export type Want = {
  readonly modelId: string;
  readonly asker: Asker;
  /** The first work of a request. */
  readonly opens: boolean;
  /** Milliseconds until it is needed. */
  readonly delayMs: number;
  readonly costSeconds: number;
  /** Default: the lane's for work that opens a request, else the pool's. */
  readonly patienceMs?: number;
};

export type WorkerPool = {
  /** Resolves with a place on a worker. Errors: queue_full when there was none in time, worker_unavailable where no worker was there at all, the signal's reason. */
  readonly acquire: (want: Want, signal: AbortSignal) => Promise<Slot>;
  /** Throws queue_full when the lane is at its bound: asked once a request, before any work. */
  readonly admit: (lane: LaneId) => void;
  readonly waiting: () => number;
  /** Requests of a lane that wait to begin. */
  readonly waitingToBegin: (lane: LaneId) => number;
};

export type WorkerPoolOptions = {
  /** In metrics: `speech`. */
  readonly name: string;
  readonly lanes: Lanes;
  readonly roster: WorkerRoster;
  readonly maxPerWorker: number;
  /** Of all lanes together. */
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

type Ticket = { readonly modelId: string; readonly lane: WorkLane; readonly grant: (slot: Slot) => void };

const leastRetrySeconds = 1;
const mostRetrySeconds = 60;

export function createWorkerPool({ name, lanes, roster, maxPerWorker, maxWaiting, waitTimeoutMs, clock, metrics }: WorkerPoolOptions): WorkerPool {
  const weights = { priority: laneWeight('priority', lanes), free: laneWeight('free', lanes), jobs: laneWeight('jobs', lanes) };
  const queue = createLaneQueue<Ticket>({ weights, now: clock.now });
  const open = new Map<string, Map<WorkLane, number>>();
  const openAt = (workerId: string, lane?: WorkLane): number => (lane === undefined ? [...(open.get(workerId)?.values() ?? [])].reduce((sum, count) => sum + count, 0) : (open.get(workerId)?.get(lane) ?? 0));
  roster.subscribe(pump);

  function pump(): void {
    for (;;) {
      const ticket = queue.take((lane) => freeWorkers(lane).length > 0);
      if (ticket === undefined) break;
      ticket.grant(toSlot(roster.leastBusy(freeWorkers(ticket.lane), ticket.modelId), ticket));
    }
    metrics.queueDepth.set({ pool: name }, queue.size());
    for (const lane of laneIds) metrics.laneWaiting.set({ pool: name, lane }, queue.waitingToBegin(lane));
  }

  function freeWorkers(lane: WorkLane): readonly ReadyWorker[] {
    const share = lane === 'jobs' ? 1 : (lanes[lane].placesShare?.() ?? 1);
    const places = Math.max(1, Math.floor(maxPerWorker * share));
    return roster.ready().filter(({ worker }) => openAt(worker.id) < maxPerWorker && openAt(worker.id, lane) < places);
  }

  function toSlot({ worker, client }: ReadyWorker, { modelId, lane }: Ticket): Slot {
    const end = roster.load.begin(worker.id, modelId);
    let held = true;
    const change = (by: number): void => void open.set(worker.id, new Map(open.get(worker.id)).set(lane, openAt(worker.id, lane) + by));
    change(1);
    return {
      worker,
      client,
      release: (ranSeconds) => {
        if (!held) return;
        held = false;
        change(-1);
        end(ranSeconds);
        pump();
      },
    };
  }

  /** Workers that are there and busy are too much work, which is told apart from a fault. */
  function outOfPatience(limitMs: number): AntiphonError {
    if (roster.ready().length === 0) return new AntiphonError('worker_unavailable', 'No worker was there in time; they are down or starting.', { retryAfterSeconds: 5 });
    return new AntiphonError('queue_full', `There was more work than could be begun within ${limitMs / 1000} s.`, { retryAfterSeconds: 5 });
  }

  /** When those who wait now will have been served. */
  function retryAfterSeconds(lane: LaneId): number {
    const workers = Math.max(1, roster.ready().length);
    const share = weights[lane] / (weights.priority + weights.free);
    return Math.min(mostRetrySeconds, Math.max(leastRetrySeconds, Math.ceil(queue.costSeconds(lane) / workers / share)));
  }

  return {
    acquire: async ({ modelId, asker, opens, delayMs, costSeconds, patienceMs }, signal) => {
      signal.throwIfAborted();
      const startedMs = clock.now();
      const laneRules = asker.lane === 'jobs' ? undefined : lanes[asker.lane];
      const limitMs = patienceMs ?? (opens && laneRules !== undefined ? laneRules.waitTimeoutMs : waitTimeoutMs);
      const { promise, resolve, reject } = Promise.withResolvers<Slot>();
      const place = queue.add({ modelId, lane: asker.lane, grant: resolve }, { lane: asker.lane, asker: asker.name, opens, deadlineMs: startedMs + delayMs, costSeconds });
      const over = new AbortController();
      const giveUp = (error: unknown) => { place.remove(); reject(error); };
      const onAbort = () => giveUp(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      clock.sleep(limitMs, over.signal).then(
        () => giveUp(outOfPatience(limitMs)),
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
    admit: (lane) => {
      if (queue.waitingToBegin(lane) >= lanes[lane].maxWaiting) {
        throw new AntiphonError('queue_full', `${lanes[lane].maxWaiting} requests wait in the ${lane} lane, the most that it holds (lanes.${lane}.maxWaiting).`, { retryAfterSeconds: retryAfterSeconds(lane) });
      }
      if (queue.size() >= maxWaiting) {
        throw new AntiphonError('queue_full', `${maxWaiting} pieces of work are waiting, the most this server holds (workers.maxWaiting).`, { retryAfterSeconds: retryAfterSeconds(lane) });
      }
    },
    waiting: queue.size,
    waitingToBegin: queue.waitingToBegin,
  };
}
