/** Texts in, vectors out: whose nearness is nearness of meaning. */
import type { Caller } from '../caller.ts';
import type { Embeddings } from '../engines/kinds.ts';
import type { TraceContext } from '../telemetry/trace-context.ts';

export type EmbedAsk = {
  readonly requestId: string;
  readonly trace: TraceContext;
  /** Who asks: whose plan, lane and limits count, and whether what is spoken owes a mark. */
  readonly caller: Caller;
  /** `all-minilm-l6-v2`, an alias, or `provider/model`. */
  readonly model: string;
  /** At least one, none empty. */
  readonly texts: readonly string[];
};

export type EmbedAnswer = Embeddings & { readonly provider: string; readonly model: string; readonly insteadOf: string | undefined };

/** Errors: model_unknown, model_not_ready, input_empty, queue_full, those of the providers. */
export type Embed = (ask: EmbedAsk, caller: AbortSignal) => Promise<EmbedAnswer>;
