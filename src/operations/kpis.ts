/** The figures by which an operator knows that the house does well: what is wanted of each, and from where on somebody must act. */
import type { HouseSummary } from './series/house-sample.ts';

export type KpiState = 'pass' | 'warn' | 'fail' | 'none';

export type Kpi = {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  readonly alert: string;
  readonly unit: 'share' | 'seconds' | 'count' | 'per hour';
  /** undefined where nothing happened that it could be taken of. */
  readonly value: number | undefined;
  /** pass: on target; fail: beyond the alert; warn: between the two. */
  readonly state: KpiState;
  /** What to do where it is not on target. */
  readonly remedy: string;
};

export type KpiFigures = {
  readonly summary: HouseSummary;
  readonly revenuePerComputeHour: number | undefined;
  /** Requests whose quota was given back because this server failed. */
  readonly refunds: number;
};

type KpiRule = Omit<Kpi, 'value' | 'state'> & { readonly of: (figures: KpiFigures) => number | undefined; readonly isOnTarget: (value: number) => boolean; readonly isAlert: (value: number) => boolean };

const rules: readonly KpiRule[] = [
  { id: 'p50', name: 'Median time of a speech request', unit: 'seconds', target: '≤ 3.5 s', alert: '> 4 s', of: ({ summary }) => summary.p50Seconds, isOnTarget: (value) => value <= 3.5, isAlert: (value) => value > 4, remedy: 'Throttle the free lane (antiphon switch free-lane throttled), or use the small model (antiphon switch small-model on).' },
  { id: 'p95', name: '95th percentile of it', unit: 'seconds', target: '< 6 s', alert: '≥ 6 s', of: ({ summary }) => summary.p95Seconds, isOnTarget: (value) => value < 6, isAlert: (value) => value >= 6, remedy: 'Throttle the free lane (antiphon switch free-lane throttled); where that does not help, more cores and workers.count.' },
  { id: 'errors', name: 'Requests that failed by a fault of the server', unit: 'share', target: '< 1 %', alert: '≥ 1 %', of: ({ summary }) => summary.errorShare, isOnTarget: (value) => value < 0.01, isAlert: (value) => value >= 0.01, remedy: 'antiphon doctor, /health and the log say what failed; antiphon_errors_total counts it by code.' },
  { id: 'cache', name: 'Sentences found in the cache', unit: 'share', target: '≥ 40 %', alert: '< 30 %', of: ({ summary }) => summary.cacheHitShare, isOnTarget: (value) => value >= 0.4, isAlert: (value) => value < 0.3, remedy: 'Where callers ask for the same again: a larger cache.maxBytes or a longer cache.ttlHours. Where they do not, this is what they ask for.' },
  { id: 'marked', name: 'Of what owes a mark, marked', unit: 'share', target: '100 %', alert: '< 100 %', of: ({ summary }) => summary.markedShare, isOnTarget: (value) => value >= 0.9999, isAlert: (value) => value < 0.9999, remedy: 'antiphon switch free-lane closed, and report the fault: what owes a mark must not leave without one.' },
  { id: 'waiting', name: 'Most that waited at once', unit: 'count', target: '≤ 10', alert: '> 10', of: ({ summary }) => (summary.samples === 0 ? undefined : summary.mostWaiting), isOnTarget: (value) => value <= 10, isAlert: (value) => value > 10, remedy: 'Smaller lanes.*.maxWaiting refuse sooner; antiphon switch free-lane throttled makes room for the priority lane.' },
  { id: 'storage', name: 'Disk in use', unit: 'share', target: '< 80 %', alert: '≥ 90 %', of: ({ summary }) => summary.diskUsedShare, isOnTarget: (value) => value < 0.8, isAlert: (value) => value >= 0.9, remedy: 'antiphon cleanup, antiphon cache clear, smaller cache.maxBytes; finished jobs hold their files until they are removed.' },
  { id: 'revenue', name: 'Revenue for each hour of inference', unit: 'per hour', target: '≥ 30', alert: '< 20', of: ({ revenuePerComputeHour }) => revenuePerComputeHour, isOnTarget: (value) => value >= 30, isAlert: (value) => value < 20, remedy: 'Prices of plans (plans.*.pricePerMonth), or less for the free lane.' },
  { id: 'refunds', name: 'Requests given back because the server failed', unit: 'count', target: '0', alert: '> 0', of: ({ refunds }) => refunds, isOnTarget: (value) => value === 0, isAlert: (value) => value > 0, remedy: 'The ledger has their outcome: antiphon usage --csv -.' },
];

export function kpisOf(figures: KpiFigures): readonly Kpi[] {
  return rules.map(({ of, isOnTarget, isAlert, ...kpi }) => {
    const value = of(figures);
    return { ...kpi, value, state: value === undefined ? 'none' : isOnTarget(value) ? 'pass' : isAlert(value) ? 'fail' : 'warn' };
  });
}

/** `4.2 s`, `38 %`; a dash where there is none. */
export function showKpi({ value, unit }: Pick<Kpi, 'value' | 'unit'>): string {
  if (value === undefined) return '–';
  if (unit === 'share') return `${(100 * value).toFixed(value > 0.999 && value < 1 ? 2 : 1)} %`;
  if (unit === 'seconds') return `${value.toFixed(2)} s`;
  return unit === 'per hour' ? value.toFixed(1) : String(value);
}
