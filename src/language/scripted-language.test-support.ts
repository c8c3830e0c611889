/** Conversations and embeddings on real parts but for who answers: this machine's worker and the providers are scripted. */
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { configSchema } from '../config/schema.ts';
import { createFallback } from '../dispatch/create-fallback.ts';
import type { LanguageModel } from '../dispatch/language-pool.ts';
import { createProviderBooks } from '../dispatch/provider-books.ts';
import { createProviderRoster } from '../dispatch/provider-roster.ts';
import { createRequestRegistry } from '../dispatch/request-registry.ts';
import type { ChatDelta, ChatRequest } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { LanguageRecord } from './language-account.ts';

export type ScriptedPiece = ChatDelta | AntiphonError | { readonly waitMs: number };

export type LanguageBenchOptions = {
  readonly chain?: readonly string[];
  /** What each member says, call by call; the last for good. */
  readonly answers?: Readonly<Record<string, readonly (readonly ScriptedPiece[])[]>>;
  readonly local?: readonly LanguageModel[];
};

export const localModels: readonly LanguageModel[] = [
  { modelId: 'llama/small', kind: 'chat', fileBytes: 1, parameters: 1, loaded: true },
  { modelId: 'minilm/mini', kind: 'embeddings', fileBytes: 1, parameters: 1, loaded: true },
];

export const words = (...texts: readonly string[]): ChatDelta[] => [
  ...texts.map((text): ChatDelta => ({ type: 'chat.text', text })),
  { type: 'chat.end', finishReason: 'stop', usage: { promptTokens: 12, completionTokens: texts.length } },
];

export function createLanguageBench({ chain = ['groq', 'local'], answers = {}, local = localModels }: LanguageBenchOptions) {
  const clock = createVirtualClock();
  const metrics = createMetrics();
  const config = configSchema.parse({ providers: { groq: { prices: { chatInput: 1, chatOutput: 2, embeddings: 3 }, models: { embeddings: 'embedder' } } } });
  const asked: { readonly member: string; readonly model: string; readonly request: unknown }[] = [];
  const left: string[] = [];
  const records: LanguageRecord[] = [];

  function next(member: string): readonly ScriptedPiece[] {
    const all = answers[member] ?? [];
    const number = asked.filter((one) => one.member === member).length - 1;
    return all[Math.min(number, all.length - 1)] ?? [];
  }

  async function* say(member: string, model: string, request: unknown, signal: AbortSignal): AsyncGenerator<ChatDelta> {
    asked.push({ member, model, request });
    try {
      for (const piece of next(member)) {
        signal.throwIfAborted();
        if (piece instanceof AntiphonError) throw piece;
        if ('waitMs' in piece) await clock.sleep(piece.waitMs, signal);
        else yield piece;
      }
    } finally {
      left.push(member);
    }
  }

  async function embed(member: string, model: string, texts: readonly string[]): Promise<{ vectors: Float32Array[]; tokens: number }> {
    asked.push({ member, model, request: texts });
    for (const piece of next(member)) if (piece instanceof AntiphonError) throw piece;
    return { vectors: texts.map(() => Float32Array.of(1, 0)), tokens: texts.length * 5 };
  }

  const roster = createProviderRoster({
    settings: config.providers,
    keys: new Map(),
    create: (id, { type }) => ({
      id, type,
      chat: (model) => ({ chat: (request: ChatRequest, signal) => say(id, model, request, signal) }),
      embeddings: (model) => ({ embed: (texts) => embed(id, model, texts) }),
      check: async () => ({ latencyMs: 1, models: [], quota: undefined }),
    }),
  });
  const books = createProviderBooks({ roster, metrics });
  const fallback = createFallback({ settings: { ...config.failover, breaker: config.failover }, chain: () => chain, clock, random: () => 0, observer: { onAttempt: books.attempted, onBreaker: () => undefined, onFailover: metrics.failovers.inc.bind(metrics.failovers) } });
  const requests = createRequestRegistry({ onCount: () => undefined });
  const catalog = { models: async () => local, refresh: async () => local, refreshForCaller: async () => local };
  const pool = {
    chat: ({ modelId, ...request }: ChatRequest & { modelId: string }, signal: AbortSignal) => say('local', modelId, request, signal),
    embed: ({ modelId, texts }: { modelId: string; texts: readonly string[] }) => embed('local', modelId, texts),
    admit: () => undefined,
  };
  return { clock, metrics, books, asked, left, records, requests, dependencies: { catalog, pool, roster, fallback, requests, usage: { open: async () => ({ settle: async () => undefined }) }, books, clock, metrics, log: createSilentLogger(), record: (record: LanguageRecord) => { records.push(record); } }, config };
}
