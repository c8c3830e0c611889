/** Notes every minute what the house did, on its own disk: what was noted outlives restarts, and a kill costs the last minute. */
import type { LaneId } from '../../caller.ts';
import type { Clock } from '../../clock.ts';
import type { HouseSamples } from '../../store/house-samples.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { houseSampleSchema, type HouseSample, type LaneSample } from './house-sample.ts';

/** As they grow from the start of the process on. */
export type HouseTotals = { readonly lanes: Readonly<Record<LaneId, LaneSample>>; readonly computeSeconds: number };
export type HouseGauges = Omit<HouseSample, 'at' | 'lanes' | 'computeSeconds'>;

export type RecordSeriesOptions = {
  readonly samples: HouseSamples;
  readonly read: () => Promise<{ readonly totals: HouseTotals; readonly gauges: HouseGauges }>;
  readonly clock: Clock;
  readonly now: () => Date;
  readonly log: Logger;
};

export type SeriesRecorder = {
  /** Notes what came since the last time, and ends. Idempotent. */
  readonly close: () => Promise<void>;
};

const everyMs = 60_000;
const keepDays = 30;
const dayMs = 86_400_000;

export async function recordSeries({ samples, read, clock, now, log }: RecordSeriesOptions): Promise<SeriesRecorder> {
  const closing = new AbortController();
  let before = (await read()).totals;

  async function note(): Promise<void> {
    const { totals, gauges } = await read();
    const sample: HouseSample = { at: now().toISOString(), lanes: { priority: since(before.lanes.priority, totals.lanes.priority), free: since(before.lanes.free, totals.lanes.free) }, computeSeconds: totals.computeSeconds - before.computeSeconds, ...gauges };
    await samples.insert({ at: sample.at, figures: JSON.stringify(sample) });
    // What could not be written comes with the next one.
    before = totals;
    await samples.removeBefore(new Date(now().getTime() - keepDays * dayMs).toISOString());
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(everyMs, closing.signal).catch(() => undefined);
      await note().catch((error: unknown) => log.error({ err: error }, 'what the house did could not be noted'));
    }
  }

  const running = run();
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

function since(before: LaneSample, after: LaneSample): LaneSample {
  const less = (field: Exclude<keyof LaneSample, 'latencies'>): number => Math.max(0, after[field] - before[field]);
  return { requests: less('requests'), errors: less('errors'), refused: less('refused'), sentences: less('sentences'), cached: less('cached'), owedSeconds: less('owedSeconds'), markedSeconds: less('markedSeconds'), latencies: after.latencies.map((count, bucket) => Math.max(0, count - (before.latencies[bucket] ?? 0))) };
}

/** What was noted; rows of another version are left out. */
export async function readSeries(samples: Pick<HouseSamples, 'range'>, { since: from, until }: { readonly since: Date; readonly until: Date }): Promise<readonly HouseSample[]> {
  return (await samples.range(from.toISOString(), until.toISOString())).flatMap(({ figures }) => houseSampleSchema.safeParse(JSON.parse(figures)).data ?? []);
}

