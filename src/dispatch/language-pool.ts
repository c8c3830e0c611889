/** Conversations and texts for the local language worker: what the use cases above ask of it. */
import type { LaneId } from '../caller.ts';
import type { Clock } from '../clock.ts';
import type { ChatDelta, ChatRequest, Embeddings } from '../engines/kinds.ts';
import { toAntiphonError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Asker, Lanes } from './lanes.ts';
import { createWorkerPool } from './worker-pool.ts';
import type { WorkerRoster } from './worker-roster.ts';

export type ChatTask = ChatRequest & {
  readonly asker: Asker;
  /** As the worker names it: `llama/smollm2-135m-instruct`. */
  readonly modelId: string;
  readonly traceparent?: string | undefined;
};

export type EmbeddingTask = {
  readonly asker: Asker;
  /** `minilm/all-minilm-l6-v2`. */
  readonly modelId: string;
  readonly texts: readonly string[];
  readonly traceparent?: string | undefined;
};

export type LanguagePool = {
  /**
   * Begun anew on a fresh worker, unseen, where the worker died before the first delta.
   * Errors: worker_lost after the first delta, worker_unavailable, queue_full, cancelled, and the engine's own.
   */
  readonly chat: (task: ChatTask, signal: AbortSignal) => AsyncGenerator<ChatDelta>;
  readonly embed: (task: EmbeddingTask, signal: AbortSignal) => Promise<Embeddings>;
  /** Throws queue_full when the queue is at its bound: asked once a request, before any work. */
  readonly admit: (lane: LaneId) => void;
  readonly waiting: () => number;
};

/** A local model that could think now. */
export type LanguageModel = {
  /** As the worker names it. */
  readonly modelId: string;
  readonly kind: 'chat' | 'embeddings';
  readonly fileBytes: number;
  /** Of chat models: weights, 0 where unknown. */
  readonly parameters: number;
  /** It is in memory now. */
  readonly loaded: boolean;
};

export type LanguagePoolOptions = {
  readonly lanes: Lanes;
  readonly roster: WorkerRoster;
  /** Keeps the worker there while the work lasts; gives what ends that. */
  readonly use: () => () => void;
  readonly maxOpen: number;
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

/** What kills a worker twice would do so a third time. */
const maxAttempts = 2;
/** Until anything is known of it, one is like the other. */
const expectedSeconds = 1;

export function createLanguagePool(options: LanguagePoolOptions): LanguagePool {
  const { roster, use, maxOpen, waitTimeoutMs, clock, metrics } = options;
  // A conversation waits for as long as the pool says, whatever its lane: it comes to its turn in time or not at all.
  const wantOf = ({ modelId, asker }: ChatTask | EmbeddingTask) => ({ modelId, asker, opens: true, delayMs: 0, costSeconds: expectedSeconds, patienceMs: waitTimeoutMs });
  const chats = createWorkerPool({ ...options, maxPerWorker: maxOpen, name: 'chat' });
  // Of their own, so that a text of a few words does not wait for an answer of a thousand.
  const embeddings = createWorkerPool({ ...options, maxPerWorker: maxOpen, name: 'embeddings' });

  /** One attempt on one place of the pool. */
  async function* attemptChat(task: ChatTask, signal: AbortSignal): AsyncGenerator<ChatDelta> {
    const slot = await chats.acquire(wantOf(task), signal);
    const account = createChatAccount(task.modelId, clock.now(), { clock, metrics });
    try {
      for await (const delta of slot.client.chat(task, signal)) {
        account.take(delta);
        yield delta;
      }
      roster.remember(slot.client, task.modelId);
    } catch (error) {
      if (isLost(error)) roster.suspect(slot.client);
      throw error;
    } finally {
      slot.release();
    }
  }

  async function attemptEmbed(task: EmbeddingTask, signal: AbortSignal): Promise<Embeddings> {
    const slot = await embeddings.acquire(wantOf(task), signal);
    const startedMs = clock.now();
    try {
      const embedded = await slot.client.embed(task, signal);
      roster.remember(slot.client, task.modelId);
      metrics.embedding.observe({ model: task.modelId }, (clock.now() - startedMs) / 1000);
      metrics.embeddingTokens.inc({ model: task.modelId }, embedded.tokens);
      return embedded;
    } catch (error) {
      if (isLost(error)) roster.suspect(slot.client);
      throw error;
    } finally {
      slot.release();
    }
  }

  /** Whether work whose attempt failed so is begun anew. */
  function mayRepeat(error: unknown, { attempt, pool, signal }: { attempt: number; pool: string; signal: AbortSignal }): boolean {
    if (!isLost(error) || attempt >= maxAttempts || signal.aborted) return false;
    metrics.retries.inc({ pool });
    return true;
  }

  return {
    chat: async function* chat(task, signal) {
      const done = use();
      let begun = false;
      try {
        for (let attempt = 1; ; attempt++) {
          try {
            for await (const delta of attemptChat(task, signal)) {
              begun = true;
              yield delta;
            }
            return;
          } catch (error) {
            if (begun || !mayRepeat(error, { attempt, pool: 'chat', signal })) throw error;
          }
        }
      } finally {
        done();
      }
    },
    embed: async (task, signal) => {
      const done = use();
      try {
        for (let attempt = 1; ; attempt++) {
          try {
            return await attemptEmbed(task, signal);
          } catch (error) {
            if (!mayRepeat(error, { attempt, pool: 'embeddings', signal })) throw error;
          }
        }
      } finally {
        done();
      }
    },
    admit: (lane) => {
      chats.admit(lane);
      embeddings.admit(lane);
    },
    waiting: () => chats.waiting() + embeddings.waiting(),
  };
}

/** Figures of one answer: how soon it began, how fast it went on, how much it was. */
function createChatAccount(model: string, startedMs: number, { clock, metrics }: Pick<LanguagePoolOptions, 'clock' | 'metrics'>) {
  let firstMs: number | undefined;
  return {
    take: (delta: ChatDelta): void => {
      const nowMs = clock.now();
      if (firstMs === undefined) {
        firstMs = nowMs;
        metrics.chatFirstToken.observe({ model }, (nowMs - startedMs) / 1000);
      }
      if (delta.type !== 'chat.end') return;
      const { promptTokens, completionTokens } = delta.usage;
      metrics.chatTokens.inc({ model, kind: 'prompt' }, promptTokens);
      metrics.chatTokens.inc({ model, kind: 'completion' }, completionTokens);
      if (completionTokens > 1 && nowMs > firstMs) metrics.chatSpeed.observe({ model }, (completionTokens - 1) / ((nowMs - firstMs) / 1000));
    },
  };
}

function isLost(error: unknown): boolean {
  return toAntiphonError(error).code === 'worker_lost';
}
