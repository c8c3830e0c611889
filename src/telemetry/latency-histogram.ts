/** How long things took, as counts by upper bound: small, and can be added up over any time and over lanes. */

/** Upper bounds in seconds, each a fifth above the one before: a quantile is right within a tenth. The last holds the rest. */
export const latencyBoundsSeconds: readonly number[] = Array.from({ length: 44 }, (_, index) => 0.05 * 1.2 ** index);

export type LatencyCounts = readonly number[];

/** One count more than there are bounds. */
export function noLatencies(): number[] {
  return Array.from({ length: latencyBoundsSeconds.length + 1 }, () => 0);
}

export function latencyBucket(seconds: number): number {
  const found = latencyBoundsSeconds.findIndex((bound) => seconds <= bound);
  return found < 0 ? latencyBoundsSeconds.length : found;
}

export function addLatencies(all: readonly LatencyCounts[]): number[] {
  const sum = noLatencies();
  for (const counts of all) for (const [bucket, count] of counts.entries()) if (bucket < sum.length) sum[bucket]! += count;
  return sum;
}

/** Seconds; undefined of none. `share`: 0…1. */
export function latencyQuantile(counts: LatencyCounts, share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const wanted = share * total;
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    if (before + count >= wanted && count > 0) {
      const low = bucket === 0 ? 0 : latencyBoundsSeconds[bucket - 1]!;
      const high = latencyBoundsSeconds[bucket] ?? low;
      return low + (high - low) * Math.max(0, (wanted - before) / count);
    }
    before += count;
  }
  return latencyBoundsSeconds.at(-1);
}
