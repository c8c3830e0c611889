import { describe, expect, it } from 'vitest';
import type { HouseSampleTable } from '../../store/house-samples.ts';
import { createSilentLogger } from '../../telemetry/logger.ts';
import { latencyBucket, noLatencies } from '../../telemetry/latency-histogram.ts';
import { createVirtualClock } from '../../../test/support/virtual-clock.ts';
import { summarise, toPoints, type LaneSample } from './house-sample.ts';
import { readSeries, recordSeries } from './record-series.ts';

const epoch = Date.parse('2026-12-01T08:00:00Z');
const nothing = (): LaneSample => ({ requests: 0, errors: 0, refused: 0, sentences: 0, cached: 0, latencies: noLatencies(), owedSeconds: 0, markedSeconds: 0 });
const gauges = { waiting: 3, workersReady: 2, workers: 2, diskFreeBytes: 40, diskTotalBytes: 100, memoryBytes: 1e8 };

function house() {
  const clock = createVirtualClock();
  const now = () => new Date(epoch + clock.now());
  const rows: HouseSampleTable[] = [];
  const lanes = { priority: nothing(), free: nothing() };
  let isFull = false;
  const samples = {
    insert: async (row: HouseSampleTable) => {
      if (isFull) throw new Error('disk full');
      rows.push(row);
    },
    range: async (since: string, until: string) => rows.filter(({ at }) => at >= since && at < until),
    removeBefore: async (at: string) => {
      const old = rows.filter((row) => row.at < at);
      rows.splice(0, old.length);
      return old.length;
    },
  };
  const start = () => recordSeries({ samples, read: async () => ({ totals: { lanes: structuredClone(lanes), computeSeconds: lanes.priority.requests / 10 }, gauges }), clock, now, log: createSilentLogger() });
  const spoke = (lane: 'priority' | 'free', seconds: number, cached = 0) => {
    lanes[lane].requests += 1;
    lanes[lane].sentences += 1;
    lanes[lane].cached += cached;
    lanes[lane].latencies[latencyBucket(seconds)]! += 1;
  };
  return { clock, now, rows, start, samples, spoke, lanes, fill: (full: boolean) => { isFull = full; } };
}

describe('what the house notes of itself', () => {
  it('is each minute what came in it, and what was left when it ended', async () => {
    const { clock, now, start, samples, spoke } = house();
    spoke('priority', 1);
    const recorder = await start();
    spoke('priority', 1);
    spoke('free', 4, 1);
    await clock.advance(60_000);
    await clock.advance(60_000);
    spoke('free', 4);
    await recorder.close();
    const series = await readSeries(samples, { since: new Date(epoch), until: new Date(now().getTime() + 1) });
    // What came before it began is not of its first minute, and the last is noted at the end.
    expect(series.map((sample) => [sample.lanes.priority.requests, sample.lanes.free.requests])).toEqual([[1, 1], [0, 0], [0, 1]]);
    expect(summarise(series)).toMatchObject({ requests: 3, cacheHitShare: 1 / 3, markedShare: undefined, mostWaiting: 3, diskUsedShare: 0.6, errorShare: 0 });
    expect(summarise(series, ['free']).p50Seconds).toBeCloseTo(4, 0);
  });

  it('comes with the next minute where one could not be written', async () => {
    const { clock, rows, start, spoke, fill } = house();
    const recorder = await start();
    spoke('priority', 1);
    fill(true);
    await clock.advance(60_000);
    fill(false);
    await clock.advance(60_000);
    await recorder.close();
    expect(rows.map(({ figures }) => (JSON.parse(figures) as { lanes: { priority: { requests: number } } }).lanes.priority.requests)).toEqual([1, 0]);
  });

  it('is kept for thirty days', async () => {
    const { clock, rows, start, samples } = house();
    await samples.insert({ at: new Date(epoch - 29 * 86_400_000).toISOString(), figures: '{}' });
    await samples.insert({ at: new Date(epoch - 31 * 86_400_000).toISOString(), figures: '{}' });
    rows.sort((one, other) => one.at.localeCompare(other.at));
    const recorder = await start();
    await clock.advance(60_000);
    await recorder.close();
    expect(rows[0]!.at).toBe(new Date(epoch - 29 * 86_400_000).toISOString());
    // A row of another version is no figure.
    expect(await readSeries(samples, { since: new Date(epoch - 40 * 86_400_000), until: new Date(epoch) })).toEqual([]);
  });

  it('is shown in so many points, with gaps where the house was closed', async () => {
    const { clock, now, start, samples, spoke } = house();
    const recorder = await start();
    spoke('priority', 1);
    await clock.advance(60_000);
    await recorder.close();
    const series = await readSeries(samples, { since: new Date(epoch), until: new Date(now().getTime() + 1) });
    const points = toPoints(series, { since: new Date(epoch - 3_600_000), until: new Date(epoch + 3_600_000), points: 4 });
    expect(points.map(({ summary }) => summary?.requests)).toEqual([undefined, undefined, 1, undefined]);
  });
});
