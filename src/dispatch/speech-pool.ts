/**
 * Brings sentences to workers: earliest playout deadline first, to the least busy worker that serves. A sentence
 * whose worker dies before it gave a sound is begun anew elsewhere, unseen; after that the loss is the caller's.
 */
import type { Clock } from '../clock.ts';
import type { SpeechChunk } from '../engines/kinds.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { Pronunciation } from '../text/passage.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { WorkerClient } from '../worker/client.ts';
import { createDeadlineQueue } from './deadline-queue.ts';
import { createWorkerLoad } from './worker-load.ts';

export type SpeechTask = {
  readonly modelId: string;
  readonly voice: string;
  readonly text: string;
  readonly speed: number;
  /** As in the engines' request: −12…12, for models that change pitch. */
  readonly pitchSemitones?: number;
  /** Offsets into `text`. */
  readonly pronunciations?: readonly Pronunciation[];
  /** Milliseconds from now until the listener needs the first sample; asked anew at every attempt. */
  readonly playoutDelayMs: () => number;
  readonly traceparent?: string | undefined;
};

/** A worker as the pool sees it; the supervisor's workers and the tests' both fit. */
export type PoolWorker = { readonly id: string; readonly client: () => WorkerClient | undefined };

export type SpeechPool = {
  /** Errors: worker_lost after the first chunk, worker_unavailable, queue_full, cancelled, and the engine's own. */
  readonly synthesise: (task: SpeechTask, signal: AbortSignal) => AsyncGenerator<SpeechChunk>;
  /** Throws queue_full when the queue is at its bound: asked once a request, before any work. */
  readonly admit: () => void;
  /** Looks again for a free worker; called when one has become ready. */
  readonly wake: () => void;
  readonly waiting: () => number;
  readonly open: () => Readonly<Record<string, number>>;
};

export type SpeechPoolOptions = {
  readonly workers: () => readonly PoolWorker[];
  readonly maxStreamsPerWorker: number;
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

const poolName = 'speech';
const maxAttempts = 3;
/** Loading a model takes about this long, and nobody else on that worker speaks meanwhile. */
const coldModelSeconds = 2;
/** A worker that broke a stream is passed over for this long: its death is noticed a moment after its streams end. */
const suspicionMs = 3_000;
/** A step of inference takes about this long. */
const busyPauseMs = 50;

type Ticket = { readonly modelId: string; readonly grant: (slot: Slot) => void };
type Slot = { readonly worker: PoolWorker; readonly client: WorkerClient; readonly release: (ranSeconds?: number) => void };

export function createSpeechPool(options: SpeechPoolOptions): SpeechPool {
  const { clock, metrics } = options;
  const queue = createDeadlineQueue<Ticket>();
  const load = createWorkerLoad();
  const warm = new Map<WorkerClient, Set<string>>();
  const suspectedAtMs = new WeakMap<WorkerClient, number>();

  function pump(): void {
    while (queue.size() > 0 && freeWorkers().length > 0) {
      const ticket = queue.take()!;
      const { worker, client } = leastBusy(freeWorkers(), ticket.modelId);
      ticket.grant({ worker, client, release: toRelease(load.begin(worker.id, ticket.modelId)) });
    }
    metrics.queueDepth.set({ pool: poolName }, queue.size());
  }

  function freeWorkers(): { worker: PoolWorker; client: WorkerClient }[] {
    return options.workers().flatMap((worker) => {
      const client = worker.client();
      if (client === undefined || clock.now() - (suspectedAtMs.get(client) ?? -Infinity) < suspicionMs) return [];
      return load.openStreams(worker.id) < options.maxStreamsPerWorker ? [{ worker, client }] : [];
    });
  }

  function leastBusy(candidates: { worker: PoolWorker; client: WorkerClient }[], modelId: string) {
    const seconds = ({ worker, client }: { worker: PoolWorker; client: WorkerClient }) =>
      load.expectedSeconds(worker.id) + (warm.get(client)?.has(modelId) === true ? 0 : coldModelSeconds);
    return candidates.reduce((best, one) => (seconds(one) < seconds(best) ? one : best));
  }

  async function acquire(task: SpeechTask, signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted();
    const startedMs = clock.now();
    const { promise, resolve, reject } = Promise.withResolvers<Slot>();
    const place = queue.add({ modelId: task.modelId, grant: resolve }, startedMs + task.playoutDelayMs());
    const over = new AbortController();
    const giveUp = (error: unknown) => { place.remove(); reject(error); };
    const onAbort = () => giveUp(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    clock.sleep(options.waitTimeoutMs, over.signal).then(
      () => giveUp(new AntiphonError('worker_unavailable', 'No worker was free in time; the server is overloaded or its workers are down.', { retryAfterSeconds: 5 })),
      () => undefined,
    );
    pump();
    try {
      const slot = await promise;
      metrics.queueWait.observe({ pool: poolName }, (clock.now() - startedMs) / 1000);
      return slot;
    } finally {
      over.abort();
      signal.removeEventListener('abort', onAbort);
    }
  }

  function toRelease(end: (ranSeconds?: number) => void): Slot['release'] {
    return (ranSeconds) => {
      end(ranSeconds);
      pump();
    };
  }

  async function* synthesise(task: SpeechTask, signal: AbortSignal): AsyncGenerator<SpeechChunk> {
    const arrivedMs = clock.now();
    for (let attempt = 1; ; attempt++) {
      const slot = await acquire(task, signal);
      const startedMs = clock.now();
      let begun = false;
      try {
        for await (const chunk of slot.client.synthesise({ ...task, playoutDelayMs: task.playoutDelayMs() }, signal)) {
          begun = true;
          yield chunk;
        }
        remember(slot.client, task.modelId);
        const ranSeconds = (clock.now() - startedMs) / 1000;
        metrics.synthesis.observe({ engine: task.modelId.split('/')[0]! }, ranSeconds);
        slot.release(ranSeconds);
        return;
      } catch (error) {
        const { code } = toAntiphonError(error);
        if (code === 'queue_full' && !begun && clock.now() - arrivedMs < options.waitTimeoutMs) {
          // In the middle of a step it has not noticed yet that others have left; their places are free in a moment.
          await clock.sleep(busyPauseMs, signal);
          attempt--;
          continue;
        }
        if (code !== 'worker_lost') throw error;
        suspect(slot.client);
        if (begun || attempt >= maxAttempts || signal.aborted) throw error;
        metrics.retries.inc({ pool: poolName });
      } finally {
        slot.release();
      }
    }
  }

  function suspect(client: WorkerClient): void {
    suspectedAtMs.set(client, clock.now());
    clock.sleep(suspicionMs).then(pump, () => undefined);
  }

  function remember(client: WorkerClient, modelId: string): void {
    for (const known of warm.keys()) {
      if (!options.workers().some((worker) => worker.client() === known)) warm.delete(known);
    }
    const models = warm.get(client) ?? new Set();
    warm.set(client, models.add(modelId));
  }

  return {
    synthesise,
    admit: () => {
      if (queue.size() < options.maxWaiting) return;
      throw new AntiphonError('queue_full', `${options.maxWaiting} sentences are waiting, the most this server holds.`, { retryAfterSeconds: 2 });
    },
    wake: pump,
    waiting: queue.size,
    open: load.all,
  };
}
