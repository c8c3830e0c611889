/** A conversation in, its continuation out as it is written: what every client of a language model stands on. */
import type { Caller } from '../caller.ts';
import type { ChatDelta, ChatRequest } from '../engines/kinds.ts';
import type { TraceContext } from '../telemetry/trace-context.ts';

export type ChatAsk = ChatRequest & {
  readonly requestId: string;
  readonly trace: TraceContext;
  /** Who asks: whose plan, lane and limits count, and whether what is spoken owes a mark. */
  readonly caller: Caller;
  /** Of a request that counts already: what prepares the next turn of a conversation. Default false. */
  readonly isPart?: boolean;
  /** `local`, a local model's name, `auto` or an alias for the chain, `groq` or `groq/some-model` for one provider alone. */
  readonly model: string;
};

export type ChatAnswer = {
  /** Who answers: `local`, or a provider's id. */
  readonly provider: string;
  /** The model that answers, in that provider's words. */
  readonly model: string;
  /** The provider that should have answered, where another had to stand in. */
  readonly insteadOf: string | undefined;
  /** Leaving the loop early, or the caller's signal, ends the work at once. */
  readonly deltas: AsyncGenerator<ChatDelta>;
};

/**
 * Resolves with the first delta in hand. Errors: model_unknown, model_not_ready, queue_full, context_too_long,
 * schema_unsupported, input_invalid, those of the providers, draining, cancelled.
 */
export type Chat = (ask: ChatAsk, caller: AbortSignal) => Promise<ChatAnswer>;
