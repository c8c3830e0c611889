/** The books of one conversation turn or batch of embeddings: figures, metrics, the log line and the record. */
import type { Caller } from '../caller.ts';
import type { OpenUsage } from '../usage.ts';
import type { Clock } from '../clock.ts';
import type { ProviderBooks } from '../dispatch/provider-books.ts';
import { errorTable, type ErrorCode } from '../errors.ts';
import type { ChatUsage } from '../engines/kinds.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { TraceContext } from '../telemetry/trace-context.ts';

export type LanguageRecord = {
  readonly requestId: string;
  readonly owner: string;
  readonly kind: 'chat' | 'embeddings';
  /** Empty where nobody served. */
  readonly provider: string;
  readonly model: string;
  readonly insteadOf: string | undefined;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly firstTextMs: number | undefined;
  readonly durationMs: number;
  readonly cost: number | undefined;
  /** `ok` or an error code. */
  readonly outcome: string;
};

export type LanguageAccount = {
  readonly served: (by: { readonly provider: string; readonly model: string; readonly insteadOf: string | undefined }) => void;
  readonly firstText: () => void;
  readonly used: (usage: ChatUsage) => void;
  /** Settles the books once; what was used is in the ledger when it resolves. Later calls only wait for that. */
  readonly close: (outcome: 'ok' | ErrorCode, error?: unknown) => Promise<void>;
};

export type LanguageAccountDependencies = {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly books: Pick<ProviderBooks, 'spend'>;
  /** Takes the outcome of every request; must not block. */
  readonly record: (record: LanguageRecord) => void;
};

export type LanguageAccountOptions = LanguageAccountDependencies & {
  readonly kind: 'chat' | 'embeddings';
  readonly usage: OpenUsage;
  readonly request: { readonly requestId: string; readonly caller: Caller; readonly trace: TraceContext; readonly model: string };
};

export function createLanguageAccount({ clock, metrics, log, books, record, kind, usage: opened, request }: LanguageAccountOptions): LanguageAccount {
  const startedMs = clock.now();
  let by: { readonly provider: string; readonly model: string; readonly insteadOf: string | undefined } = { provider: '', model: request.model, insteadOf: undefined };
  let usage: ChatUsage = { promptTokens: 0, completionTokens: 0 };
  let firstTextMs: number | undefined;
  let settled: Promise<void> | undefined;

  return {
    served: (who) => { by = who; },
    firstText: () => {
      if (firstTextMs !== undefined) return;
      firstTextMs = clock.now() - startedMs;
      metrics.languageFirstText.observe({ provider: by.provider }, firstTextMs / 1000);
    },
    used: (told) => { usage = told; },
    close: (outcome, error) => {
      if (settled !== undefined) return settled;
      const durationMs = clock.now() - startedMs;
      const { provider } = by;
      // The language worker tells no times of its own: what it took is the time until its end, others' turns included.
      settled = opened.settle({ engine: by.model, characters: 0, audioSeconds: 0, computeSeconds: provider === 'local' ? durationMs / 1000 : 0, outcome });
      const cost = outcome !== 'ok' || provider === '' ? undefined : books.spend(provider, kind === 'chat' ? { kind, ...usage } : { kind, tokens: usage.promptTokens });
      metrics.languageRequests.inc({ kind, provider, outcome });
      metrics.languageDuration.observe({ kind, provider }, durationMs / 1000);
      metrics.languageTokens.inc({ kind, provider, direction: 'in' }, usage.promptTokens);
      metrics.languageTokens.inc({ kind, provider, direction: 'out' }, usage.completionTokens);
      record({ requestId: request.requestId, owner: request.caller.owner, kind, ...by, ...usage, firstTextMs, durationMs, cost, outcome });
      const fields = { request_id: request.requestId, trace_id: request.trace.traceId, provider, model: by.model, instead_of: by.insteadOf, prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens, first_text_ms: firstTextMs === undefined ? undefined : Math.round(firstTextMs), duration_ms: Math.round(durationMs), outcome };
      // What the caller did wrong is told to the caller; the log keeps the cause of everything else.
      if (outcome === 'ok' || errorTable[outcome].actor === 'caller') log.info(fields, kind);
      else log.warn({ ...fields, err: error }, `${kind} failed`);
      return settled;
    },
  };
}
