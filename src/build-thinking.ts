/** Conversations and embeddings built for the runtime: by this machine, by providers, or by whichever of a chain is there. */
import type { Providers } from './build-providers.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import type { LanguageModel, LanguagePool } from './dispatch/language-pool.ts';
import type { RequestRegistry } from './dispatch/request-registry.ts';
import type { WorkerCatalog } from './dispatch/worker-catalog.ts';
import type { Chat } from './language/chat.ts';
import { knownNames } from './language/choose-language-model.ts';
import { createChat } from './language/create-chat.ts';
import { createEmbed } from './language/create-embed.ts';
import type { Embed } from './language/embed.ts';
import type { LanguageAccountDependencies } from './language/language-account.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { UsageBook } from './usage.ts';

export type Thinking = {
  readonly chat: Chat;
  readonly embed: Embed;
  /** Names under which somebody answers conversations or makes embeddings now, for lists of models. */
  readonly names: () => Promise<readonly string[]>;
};

export type BuildThinkingOptions = {
  readonly config: Config;
  /** What this machine itself thinks with. */
  readonly local: { readonly catalog: WorkerCatalog<LanguageModel>; readonly pool: LanguagePool };
  readonly providers: Providers;
  readonly requests: RequestRegistry;
  readonly usage: UsageBook;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly record: LanguageAccountDependencies['record'];
};

export function buildThinking({ config, local, providers: { roster, fallback, books }, requests, usage, clock, metrics, log, record }: BuildThinkingOptions): Thinking {
  const shared = { ...local, roster, fallback, requests, usage, clock, metrics, log, books, record };
  return {
    chat: createChat({ ...shared, config: config.chat }),
    embed: createEmbed({ ...shared, config: config.embeddings }),
    names: async () => {
      const models = await local.catalog.models();
      return (['chat', 'embeddings'] as const).flatMap((kind) => knownNames({ kind, local: models, roster, aliases: config[kind].models }));
    },
  };
}
