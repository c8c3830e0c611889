/** Conversations and texts for the local language worker: what the use cases above ask of it. */
import type { ChatDelta, ChatRequest, Embeddings } from '../engines/kinds.ts';

export type ChatTask = ChatRequest & {
  /** As the worker names it: `llama/smollm2-135m-instruct`. */
  readonly modelId: string;
  readonly traceparent?: string | undefined;
};

export type EmbeddingTask = {
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
  readonly admit: () => void;
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
