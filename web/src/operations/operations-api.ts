/** How the house does, at the server. */
import * as z from 'zod/mini';
import { check, getJson, readJson, sendOk } from '../api.ts';

const kpiSchema = z.object({ id: z.string(), name: z.string(), target: z.string(), alert: z.string(), shown: z.string(), state: z.enum(['pass', 'warn', 'fail', 'none']), remedy: z.nullable(z.string()) });
const kpisSchema = z.object({ kpis: z.array(kpiSchema) });

const figure = z.nullable(z.number());
const pointSchema = z.object({ at: z.string(), requests: figure, errors: figure, refused: figure, p50_seconds: figure, p95_seconds: figure, cache_hit_share: figure, most_waiting: figure });
const seriesSchema = z.object({ points: z.array(pointSchema) });

const checkPointSchema = z.object({ what: z.string(), state: z.enum(['pass', 'warn', 'fail']), figure: z.string(), remedy: z.nullable(z.string()) });
const checksSchema = z.object({ points: z.array(checkPointSchema) });


export type Kpi = z.infer<typeof kpiSchema>;
export type SeriesPoint = z.infer<typeof pointSchema>;
export type CheckPoint = z.infer<typeof checkPointSchema>;

const base = '/api/v1/operations';

export async function fetchKpis(hours: number, signal: AbortSignal): Promise<readonly Kpi[]> {
  return (await getJson(`${base}/kpis?hours=${hours}`, kpisSchema, signal)).kpis;
}

export async function fetchSeries(hours: number, signal: AbortSignal): Promise<readonly SeriesPoint[]> {
  return (await getJson(`${base}/series?hours=${hours}`, seriesSchema, signal)).points;
}

export async function runCheck(time: 'morning' | 'evening', signal: AbortSignal): Promise<readonly CheckPoint[]> {
  return check(checksSchema, await readJson(await sendOk(`${base}/checks/${time}`, { method: 'POST', signal }))).points;
}

