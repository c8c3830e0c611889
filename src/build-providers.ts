/** Providers built for the runtime: who is configured, who is asked in which order, what is known of each, and how it is steered. */
import type { Clock } from './clock.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { faultOfChain } from './config/provider-settings.ts';
import { createChainBook, type ChainBook } from './dispatch/chain-book.ts';
import { createFallback, type FallbackObserver, type SteerableFallback } from './dispatch/create-fallback.ts';
import { localMember, workKinds, type BreakerState, type WorkKind } from './dispatch/fallback.ts';
import { createProviderBooks, type ProviderBooks } from './dispatch/provider-books.ts';
import { createProviderReports, type ProviderReports } from './dispatch/provider-report.ts';
import { createProviderRoster, type ProviderRoster } from './dispatch/provider-roster.ts';
import { tryProvider, type Trial } from './dispatch/provider-trial.ts';
import { createProviderWatch, type ProviderWatch } from './dispatch/provider-watch.ts';
import { createProvider } from './engines/providers/create-provider.ts';
import type { Database } from './store/database.ts';
import { createProviderChainStore } from './store/provider-chains.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export type Providers = {
  readonly roster: ProviderRoster;
  readonly fallback: SteerableFallback;
  readonly chains: ChainBook;
  readonly books: ProviderBooks;
  readonly watch: ProviderWatch;
  readonly reports: ProviderReports;
  /** One tiny call, outside of chains and breakers. Errors: provider_unknown. */
  readonly tryKind: (id: string, kind: WorkKind, signal: AbortSignal) => Promise<Trial>;
  /** Ids of those that stand in a chain now. */
  readonly chained: () => readonly string[];
  readonly close: () => Promise<void>;
};

export type BuildProvidersOptions = {
  readonly loaded: LoadedConfig;
  readonly database: Database;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
};

const breakerFigures: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

export async function buildProviders({ loaded: { config, keys }, database, clock, metrics, log }: BuildProvidersOptions): Promise<Providers> {
  const now = () => new Date();
  const roster = buildRoster({ config, keys });
  const books = createProviderBooks({ roster, metrics });
  const chains = await createChainBook({
    configured: config.chains,
    faultOf: (kind, members) => faultOfChain(kind, members, config.providers),
    store: createProviderChainStore(database),
    now,
    onUnusable: (kind, fault) => log.warn({ kind, fault }, 'a chain that was set cannot be any more; the configuration\'s holds'),
  });
  const fallback = createFallback({ settings: { ...config.failover, breaker: config.failover }, chain: chains.chain, clock, random: Math.random, observer: createObserver({ books, metrics, log }) });
  const chained = (): readonly string[] => [...new Set(workKinds.flatMap((kind) => chains.chain(kind)))].filter((member) => member !== localMember);
  const watch = createProviderWatch({
    roster,
    watched: chained,
    everyMs: config.failover.checkEveryMs,
    clock,
    now,
    onCheck: (id, check, before) => {
      const isConnected = 'found' in check;
      metrics.providerConnected.set({ provider: id }, isConnected ? 1 : 0);
      // The key is taken again: what waited for that need not wait any longer.
      if (isConnected && fallback.states().some(({ member, breaker, lastError }) => member === id && breaker === 'open' && lastError?.code === 'provider_key_refused')) fallback.probeNow(id);
      if (before !== undefined && isConnected === 'found' in before) return;
      if (isConnected) log.info({ provider: id, latency_ms: Math.round(check.found.latencyMs) }, 'provider connected');
      else log.warn({ provider: id, code: check.error.code }, check.error.message);
    },
  });
  const reports = createProviderReports({ roster, fallback, books, watch, clock, now });
  await warnOfKeys({ roster, chained, log });
  return {
    roster, fallback, chains, books, watch, reports, chained,
    tryKind: (id, kind, signal) => tryProvider({ entry: roster.get(id), kind, clock, signal }),
    close: watch.close,
  };
}

/** For commands that need no more than to ask a provider. */
export function buildRoster({ config, keys }: Pick<LoadedConfig, 'config' | 'keys'>): ProviderRoster {
  return createProviderRoster({
    settings: config.providers,
    keys,
    create: (id, { type, baseUrl, answerTimeoutMs, stallTimeoutMs }, key) => createProvider({ id, type, baseUrl, key: key.read, answerTimeoutMs, stallTimeoutMs, fetch }),
  });
}

function createObserver({ books, metrics, log }: { books: ProviderBooks; metrics: Metrics; log: Logger }): FallbackObserver {
  return {
    onAttempt: books.attempted,
    onBreaker: ({ kind, member, breaker, lastError }) => {
      metrics.providerBreaker.set({ kind, provider: member }, breakerFigures[breaker]);
      const fields = { provider: member, kind, breaker, code: lastError?.code };
      if (breaker === 'open') log.warn(fields, 'a member of a chain is out of service');
      else log.info(fields, breaker === 'closed' ? 'a member of a chain is back in service' : 'one request tries whether a member of a chain is back');
    },
    onFailover: (event) => metrics.failovers.inc(event),
  };
}

async function warnOfKeys({ roster, chained, log }: { roster: ProviderRoster; chained: () => readonly string[]; log: Logger }): Promise<void> {
  for (const id of chained()) {
    const { message } = await roster.get(id).key.status();
    if (message !== undefined) log.warn({ provider: id }, message);
  }
}
