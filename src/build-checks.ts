/** The figures of the house and its daily checks, built for the server and for the command that asks for them without one. */
import { statfs } from 'node:fs/promises';
import { revenueOf } from './access/usage-export.ts';
import type { KeyRing } from './access/key-ring.ts';
import type { Config } from './config/schema.ts';
import { kpisOf, type Kpi } from './operations/kpis.ts';
import { dailyCheck, type CheckPoint, type DayTime, type DoorHealth } from './operations/checks/daily-check.ts';
import { totalOf, type Housekeeping } from './operations/housekeeping/housekeeping.ts';
import { summarise, toPoints, type HouseSummary } from './operations/series/house-sample.ts';
import { readSeries } from './operations/series/record-series.ts';
import type { LiveSwitches } from './operations/switches/live-switches.ts';
import { createAccessSignals } from './store/access-signals.ts';
import type { Database } from './store/database.ts';
import { createHouseSamples } from './store/house-samples.ts';
import { createJobStore } from './store/jobs.ts';
import { createUsageLedger } from './store/usage-ledger.ts';
import { readGpus } from './telemetry/gpu.ts';

export type SeriesPoint = { readonly at: string; readonly summary: HouseSummary | undefined };

export type HouseFigures = {
  readonly kpis: (hours: number) => Promise<readonly Kpi[]>;
  readonly points: (hours: number, points: number) => Promise<readonly SeriesPoint[]>;
  readonly check: (time: DayTime) => Promise<readonly CheckPoint[]>;
};

export type BuildChecksOptions = {
  readonly config: Config;
  readonly database: Database;
  readonly keys: Pick<KeyRing, 'list'>;
  readonly switches: Pick<LiveSwitches, 'states'>;
  readonly housekeeping: Housekeeping;
};

const hourMs = 3_600_000;
const answerTimeoutMs = 5_000;

export function buildHouseFigures({ config, database, keys, switches, housekeeping }: BuildChecksOptions): HouseFigures {
  const samples = createHouseSamples(database);
  const ledger = createUsageLedger(database);
  const within = (hours: number) => {
    const until = new Date();
    return { since: new Date(until.getTime() - hours * hourMs), until };
  };
  const summary = async (hours: number) => summarise(await readSeries(samples, within(hours)));

  async function kpis(hours: number): Promise<readonly Kpi[]> {
    const { since, until } = within(hours);
    const query = { owner: undefined, keyId: undefined, since: since.toISOString(), until: until.toISOString() };
    const revenue = revenueOf({ totals: await ledger.totals(query), keys: await keys.list(), plans: config.plans, since, until });
    // Where nobody pays there is no revenue to be too small.
    return kpisOf({ summary: await summary(hours), revenuePerComputeHour: revenue.revenue === 0 ? undefined : revenue.perComputeHour, refunds: await ledger.countRefunds(query.since, query.until) });
  }

  return {
    kpis,
    points: async (hours, points) => toPoints(await readSeries(samples, within(hours)), { ...within(hours), points }),
    check: (time) => dailyCheck(time, {
      doors: () => Promise.all(doorsOf(config).map(askDoor)),
      summary,
      kpis,
      gpus: readGpus,
      disk: async () => {
        const { blocks, bavail, bsize } = await statfs(config.dataDir);
        return { usedShare: 1 - bavail / blocks, freeBytes: bavail * bsize };
      },
      turned: async () => (await switches.states()).filter(({ isUsual }) => !isUsual).map(({ name, value }) => `${name} is ${value}`),
      signals: async (hours) => (await createAccessSignals(database).recent(1_000)).filter(({ at, kind }) => kind === 'raised' && at >= within(hours).since.toISOString()).length,
      failedJobs: async () => (await createJobStore(database).countByState())['failed'] ?? 0,
      cleanUp: async () => {
        const { items, bytes } = totalOf(await housekeeping.run({ dryRun: false }));
        return { removed: items, freedBytes: bytes };
      },
    }),
  };
}

function doorsOf({ server, lanes }: Config): readonly { readonly name: string; readonly address: string }[] {
  const host = ['0.0.0.0', '::', ''].includes(server.host) ? '127.0.0.1' : server.host;
  const at = (port: number) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return [
    { name: 'main port', address: at(server.port) },
    ...(['priority', 'free'] as const).flatMap((lane) => (lanes[lane].port === 0 ? [] : [{ name: `${lane} lane`, address: at(lanes[lane].port) }])),
  ];
}

type HealthBody = { readonly components?: Readonly<Record<string, { readonly status: string; readonly message?: string }>>; readonly status?: string };

async function askDoor({ name, address }: { readonly name: string; readonly address: string }): Promise<DoorHealth> {
  try {
    const { status, components = {} } = await (await fetch(`${address}/health`, { signal: AbortSignal.timeout(answerTimeoutMs) })).json() as HealthBody;
    if (status !== 'pass' && status !== 'warn' && status !== 'fail') return { name, address, status: undefined, messages: [] };
    return { name, address, status, messages: Object.values(components).flatMap((part) => (part.status === 'pass' || part.message === undefined ? [] : [part.message])) };
  } catch {
    return { name, address, status: undefined, messages: [] };
  }
}
