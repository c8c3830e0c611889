/** What was asked of each member since the start, how often that failed, and what it cost by the configured prices. */
import type { Metrics } from '../telemetry/metrics.ts';
import type { FallbackObserver } from './create-fallback.ts';
import type { WorkKind } from './fallback.ts';
import type { ProviderRoster } from './provider-roster.ts';

export type ProviderUse =
  | { readonly kind: 'chat'; readonly promptTokens: number; readonly completionTokens: number }
  | { readonly kind: 'embeddings'; readonly tokens: number }
  | { readonly kind: 'speech'; readonly characters: number }
  | { readonly kind: 'transcription'; readonly seconds: number };

export type MemberFigures = { readonly requests: number; readonly errors: number; readonly cost: number };

export type ProviderBooks = {
  readonly attempted: FallbackObserver['onAttempt'];
  /** Gives what it cost; undefined where no price is configured for it. */
  readonly spend: (member: string, use: ProviderUse) => number | undefined;
  readonly figuresOf: (kind: WorkKind, member: string) => MemberFigures;
};

const perMillion = 1_000_000;
const secondsPerHour = 3_600;
const none: MemberFigures = { requests: 0, errors: 0, cost: 0 };

export function createProviderBooks({ roster, metrics }: { roster: ProviderRoster; metrics: Metrics }): ProviderBooks {
  const figures = new Map<string, MemberFigures>();
  const figuresOf = (kind: WorkKind, member: string): MemberFigures => figures.get(`${kind} ${member}`) ?? none;
  const change = (kind: WorkKind, member: string, by: (before: MemberFigures) => MemberFigures) => figures.set(`${kind} ${member}`, by(figuresOf(kind, member)));

  return {
    attempted: ({ kind, member, outcome, durationMs }) => {
      metrics.providerRequests.inc({ kind, provider: member, outcome });
      metrics.providerDuration.observe({ kind, provider: member }, durationMs / 1000);
      // Whoever left says nothing about the one he left.
      const failed = outcome !== 'ok' && outcome !== 'cancelled';
      change(kind, member, (before) => ({ ...before, requests: before.requests + 1, errors: before.errors + (failed ? 1 : 0) }));
    },
    spend: (member, use) => {
      const cost = costOf(roster.find(member)?.settings.prices ?? {}, use);
      if (cost === undefined) return undefined;
      metrics.providerCost.inc({ kind: use.kind, provider: member }, cost);
      change(use.kind, member, (before) => ({ ...before, cost: before.cost + cost }));
      return cost;
    },
    figuresOf,
  };
}

type Prices = ReturnType<ProviderRoster['all']>[number]['settings']['prices'];

function costOf(prices: Prices, use: ProviderUse): number | undefined {
  switch (use.kind) {
    case 'chat':
      if (prices.chatInput === undefined && prices.chatOutput === undefined) return undefined;
      return ((prices.chatInput ?? 0) * use.promptTokens + (prices.chatOutput ?? 0) * use.completionTokens) / perMillion;
    case 'embeddings': return prices.embeddings === undefined ? undefined : (prices.embeddings * use.tokens) / perMillion;
    case 'speech': return prices.speech === undefined ? undefined : (prices.speech * use.characters) / perMillion;
    case 'transcription': return prices.transcription === undefined ? undefined : (prices.transcription * use.seconds) / secondsPerHour;
  }
}
