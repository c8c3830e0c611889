/** Quantiles and silences as the tables show them. */
import type { Figure } from './main.ts';

/** Players hold back a little before they begin; every one that is in use holds this. */
const audibleGapMs = 20;

/** Nearest-rank quantile; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

export function p50(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function p95(values: readonly number[]): number {
  return quantile(values, 0.95);
}

export function p99(values: readonly number[]): number {
  return quantile(values, 0.99);
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

export function silenceFigure(who: string, silentMs: readonly number[]): Figure {
  const gaps = silentMs.filter((each) => each > audibleGapMs).toSorted((a, b) => b - a);
  const longest = gaps.length === 0 ? '' : `, longest ${gaps.slice(0, 5).map(milliseconds).join(', ')}`;
  return { what: `silence inside a speech for one who plays at once, ${who}`, value: `${gaps.length} of ${silentMs.length} with more than ${audibleGapMs} ms${longest}`, aim: 'none', met: gaps.length === 0 };
}
