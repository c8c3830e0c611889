/** /health in plain words. */
import type { ApiFailure } from '../api.ts';
import type { Health } from '../api-schemas.ts';

export type HealthSummary = {
  readonly tone: 'ok' | 'warn' | 'bad' | 'unknown';
  readonly label: string;
  /** One sentence a problem, the worst first. */
  readonly problems: readonly string[];
};

export function summariseHealth(health: Health | undefined, failure: ApiFailure | undefined): HealthSummary {
  if (failure) return { tone: 'bad', label: 'Unreachable', problems: [failure.message] };
  if (!health) return { tone: 'unknown', label: 'Asking…', problems: [] };
  const troubled = Object.entries(health.components).filter(([, { status }]) => status !== 'pass');
  const problems = troubled
    .sort(([, a], [, b]) => Number(b.status === 'fail') - Number(a.status === 'fail'))
    .map(([name, { message }]) => message ?? `${name} is not as it should be.`);
  if (health.status === 'pass') return { tone: 'ok', label: 'Ready', problems };
  return health.status === 'warn' ? { tone: 'warn', label: 'Degraded', problems } : { tone: 'bad', label: 'Not ready', problems };
}

/** Enough for a line across the page; the panel of the pill has the rest. */
export function firstSentence(problem: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(problem)?.[0] ?? problem;
}
