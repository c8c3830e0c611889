/** Which workers can take work and how busy each is: known once, for every kind of work that shares them. */
import type { Clock } from '../clock.ts';
import type { WorkerClient } from '../worker/client.ts';
import { createWorkerLoad, type WorkerLoad } from './worker-load.ts';

/** A worker as the pools see it; the supervisor's workers and the tests' both fit. */
export type PoolWorker = { readonly id: string; readonly client: () => WorkerClient | undefined };

export type ReadyWorker = { readonly worker: PoolWorker; readonly client: WorkerClient };

export type WorkerRoster = {
  readonly load: WorkerLoad;
  /** Those that serve and have not just broken a stream. */
  readonly ready: () => readonly ReadyWorker[];
  /** The one with the least expected work, a model that it would have to load counted in. */
  readonly leastBusy: (candidates: readonly ReadyWorker[], modelId: string) => ReadyWorker;
  /** It has the model in memory. */
  readonly remember: (client: WorkerClient, modelId: string) => void;
  /** It broke a stream: its death is noticed a moment after its streams end, so it is passed over for as long. */
  readonly suspect: (client: WorkerClient) => void;
  /** Called when a worker may have become ready. */
  readonly subscribe: (listener: () => void) => void;
  readonly wake: () => void;
};

/** Loading a model takes about this long, and nobody else on that worker is served meanwhile. */
const coldModelSeconds = 2;
const suspicionMs = 3_000;

export function createWorkerRoster({ workers, clock }: { readonly workers: () => readonly PoolWorker[]; readonly clock: Clock }): WorkerRoster {
  const load = createWorkerLoad();
  const warm = new Map<WorkerClient, Set<string>>();
  const suspectedAtMs = new WeakMap<WorkerClient, number>();
  const listeners: (() => void)[] = [];
  const wake = () => listeners.forEach((listener) => listener());

  const expectedSeconds = ({ worker, client }: ReadyWorker, modelId: string): number =>
    load.expectedSeconds(worker.id) + (warm.get(client)?.has(modelId) === true ? 0 : coldModelSeconds);

  return {
    load,
    ready: () => workers().flatMap((worker) => {
      const client = worker.client();
      return client === undefined || clock.now() - (suspectedAtMs.get(client) ?? -Infinity) < suspicionMs ? [] : [{ worker, client }];
    }),
    leastBusy: (candidates, modelId) => candidates.reduce((best, one) => (expectedSeconds(one, modelId) < expectedSeconds(best, modelId) ? one : best)),
    remember: (client, modelId) => {
      for (const known of warm.keys()) {
        if (!workers().some((worker) => worker.client() === known)) warm.delete(known);
      }
      const models = warm.get(client) ?? new Set();
      warm.set(client, models.add(modelId));
    },
    suspect: (client) => {
      suspectedAtMs.set(client, clock.now());
      clock.sleep(suspicionMs).then(wake, () => undefined);
    },
    subscribe: (listener) => void listeners.push(listener),
    wake,
  };
}
