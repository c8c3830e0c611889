/** What the house did within a minute or so, and what many of these come to. */
import { z } from 'zod';
import { laneIds, type LaneId } from '../../caller.ts';
import { addLatencies, latencyQuantile } from '../../telemetry/latency-histogram.ts';

const count = z.number().min(0);

const laneSchema = z.object({
  /** Requests that made or heard something and were answered. */
  requests: count,
  /** Of them, failed by a fault of this server, and refused for want of room. */
  errors: count,
  refused: count,
  /** Sentences that were spoken, and of them those that nobody had to make. */
  sentences: count,
  cached: count,
  /** Speech that ended well, from the request to its last sound, as counts by upper bound. */
  latencies: z.array(count),
  /** Seconds of speech that owed a mark, and that got one. */
  owedSeconds: count,
  markedSeconds: count,
});

export const houseSampleSchema = z.object({
  /** ISO 8601, UTC: when it ended. */
  at: z.string(),
  lanes: z.object({ priority: laneSchema, free: laneSchema }),
  computeSeconds: count,
  /** At its end. */
  waiting: count,
  workersReady: count,
  workers: count,
  diskFreeBytes: count,
  diskTotalBytes: count,
  memoryBytes: count,
});

export type HouseSample = z.infer<typeof houseSampleSchema>;
export type LaneSample = z.infer<typeof laneSchema>;

export type HouseSummary = {
  readonly samples: number;
  readonly requests: number;
  readonly errors: number;
  readonly refused: number;
  /** undefined where there was nothing to take it of. */
  readonly errorShare: number | undefined;
  readonly cacheHitShare: number | undefined;
  readonly markedShare: number | undefined;
  readonly p50Seconds: number | undefined;
  readonly p95Seconds: number | undefined;
  readonly mostWaiting: number;
  readonly computeSeconds: number;
  /** Of the last sample. */
  readonly diskUsedShare: number | undefined;
  readonly memoryBytes: number | undefined;
};

/** Of one lane or of both. */
export function summarise(samples: readonly HouseSample[], lanes: readonly LaneId[] = laneIds): HouseSummary {
  const own = samples.flatMap((sample) => lanes.map((lane) => sample.lanes[lane]));
  const sum = (field: Exclude<keyof LaneSample, 'latencies'>): number => own.reduce((total, lane) => total + lane[field], 0);
  const latencies = addLatencies(own.map((lane) => lane.latencies));
  const last = samples.at(-1);
  return {
    samples: samples.length,
    requests: sum('requests'),
    errors: sum('errors'),
    refused: sum('refused'),
    errorShare: share(sum('errors'), sum('requests')),
    cacheHitShare: share(sum('cached'), sum('sentences')),
    markedShare: share(sum('markedSeconds'), sum('owedSeconds')),
    p50Seconds: latencyQuantile(latencies, 0.5),
    p95Seconds: latencyQuantile(latencies, 0.95),
    mostWaiting: samples.reduce((most, { waiting }) => Math.max(most, waiting), 0),
    computeSeconds: samples.reduce((total, { computeSeconds }) => total + computeSeconds, 0),
    diskUsedShare: last === undefined ? undefined : share(last.diskTotalBytes - last.diskFreeBytes, last.diskTotalBytes),
    memoryBytes: last?.memoryBytes,
  };
}

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

/** What a chart shows: so many points at most, each the summary of its stretch; a stretch without a sample has none. */
export function toPoints(samples: readonly HouseSample[], { since, until, points }: { readonly since: Date; readonly until: Date; readonly points: number }): readonly { readonly at: string; readonly summary: HouseSummary | undefined }[] {
  const stretchMs = (until.getTime() - since.getTime()) / points;
  const groups = Map.groupBy(samples, ({ at }) => Math.min(points - 1, Math.floor((Date.parse(at) - since.getTime()) / stretchMs)));
  return Array.from({ length: points }, (_, index) => {
    const group = groups.get(index);
    return { at: new Date(since.getTime() + (index + 0.5) * stretchMs).toISOString(), summary: group === undefined ? undefined : summarise(group) };
  });
}
