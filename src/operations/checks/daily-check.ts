/** The two checklists of the day: each point with its figure, a verdict, and what to do about it. */
import type { HouseSummary } from '../series/house-sample.ts';
import { showKpi, type Kpi } from '../kpis.ts';

export const dayTimes = ['morning', 'evening'] as const;
export type DayTime = (typeof dayTimes)[number];

export type CheckState = 'pass' | 'warn' | 'fail';

export type CheckPoint = {
  readonly what: string;
  readonly state: CheckState;
  readonly figure: string;
  /** Where it is not `pass`. */
  readonly remedy: string | undefined;
};

export type DoorHealth = { readonly name: string; readonly address: string; /** undefined: nobody answered. */ readonly status: CheckState | undefined; readonly messages: readonly string[] };

export type CheckSources = {
  readonly doors: () => Promise<readonly DoorHealth[]>;
  /** Of the last so many hours. */
  readonly summary: (hours: number) => Promise<HouseSummary>;
  readonly kpis: (hours: number) => Promise<readonly Kpi[]>;
  /** Shares of use; none where there is no GPU. */
  readonly gpus: () => Promise<readonly { readonly name: string; readonly utilization: number }[]>;
  readonly disk: () => Promise<{ readonly usedShare: number; readonly freeBytes: number }>;
  /** Live switches that do not stand as usual. */
  readonly turned: () => Promise<readonly string[]>;
  /** Who is held to less for asking too often, or began to since so many hours. */
  readonly signals: (hours: number) => Promise<number>;
  readonly failedJobs: () => Promise<number>;
  /** Removes what is to go. Gives the bytes that were freed. */
  readonly cleanUp: () => Promise<{ readonly removed: number; readonly freedBytes: number }>;
};

const day = 24;

export async function dailyCheck(time: DayTime, sources: CheckSources): Promise<readonly CheckPoint[]> {
  return time === 'morning'
    ? [...await doors(sources), await faults(sources), await gpu(sources), await cache(sources), await storage(sources)]
    : [await cleanUp(sources), ...await performance(sources), ...await alerts(sources), await incident(sources)];
}

async function doors({ doors: ask }: CheckSources): Promise<CheckPoint[]> {
  return (await ask()).map(({ name, address, status, messages }) => ({
    what: `Health of the ${name}`,
    state: status ?? 'fail',
    figure: status === undefined ? `nobody answers at ${address}` : status === 'pass' ? 'all parts work' : messages.join(' '),
    remedy: status === undefined ? 'Start the server (npm start), or set the lane\'s port; its log says why it ended.' : status === 'pass' ? undefined : `${address}/health has every part.`,
  }));
}

async function faults({ summary }: CheckSources): Promise<CheckPoint> {
  const { requests, errors, errorShare = 0 } = await summary(day);
  return { what: 'Faults in the last 24 hours', state: errorShare < 0.01 ? 'pass' : errorShare < 0.05 ? 'warn' : 'fail', figure: `${errors} of ${requests} requests`, remedy: errorShare < 0.01 ? undefined : 'Look for level error and warn in the server\'s log; antiphon_errors_total counts them by code.' };
}

async function gpu({ gpus }: CheckSources): Promise<CheckPoint> {
  const all = await gpus();
  const most = Math.max(0, ...all.map(({ utilization }) => utilization));
  return { what: 'GPU use below 80 %', state: most < 0.8 ? 'pass' : most < 0.9 ? 'warn' : 'fail', figure: all.length === 0 ? 'there is no GPU' : all.map(({ name, utilization }) => `${name} ${percent(utilization)}`).join(', '), remedy: most < 0.8 ? undefined : 'antiphon switch small-model on, or antiphon switch free-lane throttled.' };
}

async function cache({ summary }: CheckSources): Promise<CheckPoint> {
  const { cacheHitShare } = await summary(day);
  const isLow = cacheHitShare !== undefined && cacheHitShare <= 0.35;
  return { what: 'Cache hit rate above 35 %', state: !isLow ? 'pass' : cacheHitShare < 0.25 ? 'fail' : 'warn', figure: cacheHitShare === undefined ? 'nothing was spoken' : percent(cacheHitShare), remedy: isLow ? 'Where callers ask for the same again: a larger cache.maxBytes or a longer cache.ttlHours.' : undefined };
}

async function storage({ disk }: CheckSources): Promise<CheckPoint> {
  const { usedShare, freeBytes } = await disk();
  return { what: 'Storage use below 80 %', state: usedShare < 0.8 ? 'pass' : usedShare < 0.9 ? 'warn' : 'fail', figure: `${percent(usedShare)}, ${(freeBytes / 1e9).toFixed(1)} GB free`, remedy: usedShare < 0.8 ? undefined : 'antiphon cleanup, antiphon cache clear, or finished jobs that nobody needs any more.' };
}

async function cleanUp(sources: CheckSources): Promise<CheckPoint> {
  const { removed, freedBytes } = await sources.cleanUp();
  return { what: 'Clean-up', state: 'pass', figure: removed === 0 ? 'there was nothing to remove' : `${removed} removed, ${(freedBytes / 1e6).toFixed(1)} MB freed`, remedy: undefined };
}

async function performance({ kpis }: CheckSources): Promise<CheckPoint[]> {
  return (await kpis(day)).map((kpi) => ({ what: `${kpi.name} (${kpi.target})`, state: kpi.state === 'none' ? 'pass' : kpi.state, figure: kpi.state === 'none' ? 'nothing to take it of' : showKpi(kpi), remedy: kpi.state === 'warn' || kpi.state === 'fail' ? kpi.remedy : undefined }));
}

async function alerts({ turned, signals, failedJobs }: CheckSources): Promise<CheckPoint[]> {
  const [switches, asked, jobs] = await Promise.all([turned(), signals(day), failedJobs()]);
  return [
    { what: 'Switches as usual', state: switches.length === 0 ? 'pass' : 'warn', figure: switches.length === 0 ? 'all' : switches.join(', '), remedy: switches.length === 0 ? undefined : 'Turn back what is no longer needed: antiphon switches says who turned it and why.' },
    { what: 'Nobody asks too often', state: asked === 0 ? 'pass' : 'warn', figure: asked === 0 ? 'nobody did' : `${asked} signals in 24 hours`, remedy: asked === 0 ? undefined : 'GET /api/v1/signals names them; antiphon keys revoke ends a key.' },
    { what: 'No job has failed', state: jobs === 0 ? 'pass' : 'warn', figure: jobs === 0 ? 'none' : String(jobs), remedy: jobs === 0 ? undefined : 'The page Read aloud says why; a job can be resumed.' },
  ];
}

async function incident({ summary }: CheckSources): Promise<CheckPoint> {
  const { errorShare = 0, p95Seconds = 0 } = await summary(day);
  const needed = errorShare >= 0.01 || p95Seconds >= 6;
  return { what: 'Incident report', state: needed ? 'warn' : 'pass', figure: needed ? 'the day had faults or delays worth one' : 'none is needed', remedy: needed ? 'Write down what was seen, done and learnt while it is fresh; antiphon switches has what was turned.' : undefined };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
