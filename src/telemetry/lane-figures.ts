/** How a lane does of late, in the few figures that an operator looks at first. */
import type { LaneId } from '../caller.ts';
import { latencyBucket, noLatencies, type LatencyCounts } from './latency-histogram.ts';

export type LaneReport = {
  /** Requests that made or heard something and were answered, refusals included. */
  readonly totalRequests: number;
  /** Of them, failed by a fault of this server. */
  readonly errorCount: number;
  /** Of them, refused because there was too much. */
  readonly refusedCount: number;
  /** Speech that ended well within the last ten minutes: from the request in hand to its last audio, in seconds; 0 where there was none. */
  readonly averageLatencySeconds: number;
  readonly p50LatencySeconds: number;
  readonly p95LatencySeconds: number;
  /** Sentences that were spoken, and of them those that nobody had to make. */
  readonly sentences: number;
  readonly cachedSentences: number;
};

export type LaneTotals = { readonly requests: number; readonly errors: number; readonly refused: number; readonly sentences: number; readonly cached: number; readonly latencies: LatencyCounts };

export type LaneFigures = {
  readonly answered: (lane: LaneId, status: number) => void;
  readonly spoke: (lane: LaneId, seconds: number) => void;
  /** A sentence was spoken: from what was kept, or made. */
  readonly lookedUp: (lane: LaneId, isCached: boolean) => void;
  readonly report: (lane: LaneId) => LaneReport;
  /** Everything since the start of the process: for whoever takes differences. */
  readonly totals: (lane: LaneId) => LaneTotals;
};

const windowMs = 600_000;
/** Enough for a quantile; more within ten minutes, and the oldest are forgotten earlier. */
const mostKept = 4_096;

/** `now`: monotonic milliseconds. */
export function createLaneFigures(now: () => number): LaneFigures {
  const lanes = new Map<LaneId, { total: number; errors: number; refused: number; sentences: number; cached: number; latencies: number[]; spoken: { readonly atMs: number; readonly seconds: number }[] }>();
  const of = (lane: LaneId) => lanes.get(lane) ?? lanes.set(lane, { total: 0, errors: 0, refused: 0, sentences: 0, cached: 0, latencies: noLatencies(), spoken: [] }).get(lane)!;

  return {
    answered: (lane, status) => {
      const own = of(lane);
      own.total++;
      if (status >= 500) own.errors++;
      if (status === 429) own.refused++;
    },
    spoke: (lane, seconds) => {
      const { spoken, latencies } = of(lane);
      latencies[latencyBucket(seconds)]! += 1;
      spoken.push({ atMs: now(), seconds });
      if (spoken.length > mostKept) spoken.shift();
    },
    lookedUp: (lane, isCached) => {
      const own = of(lane);
      own.sentences++;
      if (isCached) own.cached++;
    },
    totals: (lane) => {
      const { total, errors, refused, sentences, cached, latencies } = of(lane);
      return { requests: total, errors, refused, sentences, cached, latencies: [...latencies] };
    },
    report: (lane) => {
      const { total, errors, refused, sentences, cached, spoken } = of(lane);
      const recent = spoken.filter(({ atMs }) => now() - atMs <= windowMs).map(({ seconds }) => seconds).toSorted((a, b) => a - b);
      const quantile = (share: number): number => recent[Math.min(recent.length - 1, Math.ceil(share * recent.length) - 1)] ?? 0;
      return {
        totalRequests: total,
        errorCount: errors,
        refusedCount: refused,
        sentences,
        cachedSentences: cached,
        averageLatencySeconds: recent.length === 0 ? 0 : recent.reduce((sum, one) => sum + one, 0) / recent.length,
        p50LatencySeconds: quantile(0.5),
        p95LatencySeconds: quantile(0.95),
      };
    },
  };
}
