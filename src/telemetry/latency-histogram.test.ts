import { describe, expect, it } from 'vitest';
import { addLatencies, latencyBucket, latencyQuantile, noLatencies } from './latency-histogram.ts';

const counted = (seconds: readonly number[]): number[] => {
  const counts = noLatencies();
  for (const one of seconds) counts[latencyBucket(one)]! += 1;
  return counts;
};

describe('latencies as counts', () => {
  it('give quantiles within a tenth, from the shortest to minutes', () => {
    const seconds = Array.from({ length: 1_000 }, (_, index) => 0.06 * 1.006 ** index);
    for (const share of [0.1, 0.5, 0.9, 0.95, 0.99]) {
      const exact = seconds[Math.ceil(share * seconds.length) - 1]!;
      expect(Math.abs(latencyQuantile(counted(seconds), share)! / exact - 1)).toBeLessThan(0.1);
    }
  });

  it('add up, of lanes and of minutes', () => {
    expect(latencyQuantile(addLatencies([counted([1, 1, 1]), counted([10])]), 1)).toBeGreaterThan(8);
    expect(addLatencies([counted([1]), counted([1])]).reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('have no quantile of nothing, and an end for what takes for ever', () => {
    expect(latencyQuantile(noLatencies(), 0.5)).toBeUndefined();
    expect(latencyQuantile(counted([1e9]), 0.5)).toBeGreaterThan(100);
  });
});
