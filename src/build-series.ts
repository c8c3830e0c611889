/** The figures that the house notes of itself every minute, read where they arise. */
import { statfs } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import { laneIds, type LaneId } from './caller.ts';
import type { Config } from './config/schema.ts';
import type { SpeechPool } from './dispatch/speech-pool.ts';
import type { LaneSample } from './operations/series/house-sample.ts';
import { recordSeries, type HouseGauges, type HouseTotals, type SeriesRecorder } from './operations/series/record-series.ts';
import type { Database } from './store/database.ts';
import { createHouseSamples } from './store/house-samples.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Supervisor } from './worker/supervisor.ts';

export type StartSeriesOptions = { readonly config: Config; readonly database: Database; readonly metrics: Metrics; readonly pool: SpeechPool; readonly supervisor: Supervisor; readonly clock: Clock; readonly log: Logger };

export function startSeries({ config, database, metrics, pool, supervisor, clock, log }: StartSeriesOptions): Promise<SeriesRecorder> {
  async function secondsOf(counter: Metrics['markedSeconds'], lane: LaneId): Promise<number> {
    return (await counter.get()).values.find(({ labels }) => labels.lane === lane)?.value ?? 0;
  }

  async function totals(): Promise<HouseTotals> {
    const lanes = await Promise.all(laneIds.map(async (lane): Promise<[LaneId, LaneSample]> => [lane, { ...metrics.lanes.totals(lane), latencies: [...metrics.lanes.totals(lane).latencies], owedSeconds: await secondsOf(metrics.markOwedSeconds, lane), markedSeconds: await secondsOf(metrics.markedSeconds, lane) }]));
    const compute = (await metrics.usageComputeSeconds.get()).values.reduce((sum, { value }) => sum + value, 0);
    return { lanes: Object.fromEntries(lanes) as Record<LaneId, LaneSample>, computeSeconds: compute };
  }

  async function gauges(): Promise<HouseGauges> {
    const { blocks, bavail, bsize } = await statfs(config.dataDir);
    const workers = supervisor.workers();
    return {
      waiting: laneIds.reduce((sum, lane) => sum + pool.waitingToBegin(lane), 0),
      workersReady: workers.filter((worker) => worker.state().name === 'ready').length,
      workers: workers.length,
      diskFreeBytes: bavail * bsize,
      diskTotalBytes: blocks * bsize,
      memoryBytes: process.memoryUsage.rss(),
    };
  }

  return recordSeries({ samples: createHouseSamples(database), read: async () => ({ totals: await totals(), gauges: await gauges() }), clock, now: () => new Date(), log });
}
