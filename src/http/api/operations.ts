/** How the house does, for operators: its key figures and their course, the daily checks, and housekeeping. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { dayTimes, type CheckPoint, type DayTime } from '../../operations/checks/daily-check.ts';
import { totalOf, type Housekeeping, type HousekeepingReport } from '../../operations/housekeeping/housekeeping.ts';
import { showKpi, type Kpi } from '../../operations/kpis.ts';
import type { HouseSummary } from '../../operations/series/house-sample.ts';
import { parseBody } from '../validation.ts';

export type OperationsRoutesOptions = {
  readonly figures: {
    readonly kpis: (hours: number) => Promise<readonly Kpi[]>;
    readonly points: (hours: number, points: number) => Promise<readonly { readonly at: string; readonly summary: HouseSummary | undefined }[]>;
    readonly check: (time: DayTime) => Promise<readonly CheckPoint[]>;
  };
  readonly housekeeping: Housekeeping;
};

/** As long as figures are kept. */
const mostHours = 30 * 24;
const chartPoints = 120;
const querySchema = z.strictObject({ hours: z.coerce.number().min(1).max(mostHours).default(24) });
const runSchema = z.strictObject({ dry_run: z.boolean().default(false) });
const checkSchema = z.strictObject({ time: z.enum(dayTimes) });

export function registerOperationsRoutes(app: FastifyInstance, { figures, housekeeping }: OperationsRoutesOptions): void {
  app.get('/api/v1/operations/kpis', async (request, reply) => {
    const { hours } = parseBody(querySchema, request.query);
    return reply.header('cache-control', 'no-store').send({ hours, kpis: (await figures.kpis(hours)).map(toWire) });
  });

  app.get('/api/v1/operations/series', async (request, reply) => {
    const { hours } = parseBody(querySchema, request.query);
    const points = await figures.points(hours, chartPoints);
    return reply.header('cache-control', 'no-store').send({ hours, points: points.map(({ at, summary }) => ({ at, ...toWireSummary(summary) })) });
  });

  // It may remove what is old, so it is no GET.
  app.post<{ Params: { time: string } }>('/api/v1/operations/checks/:time', async (request) => ({ points: (await figures.check(parseBody(checkSchema, request.params).time)).map((point) => ({ ...point, remedy: point.remedy ?? null })) }));

  app.get('/api/v1/operations/housekeeping', async () => ({ last: toWireReport(housekeeping.last()) }));
  app.post('/api/v1/operations/housekeeping', async (request) => toWireReport(await housekeeping.run({ dryRun: parseBody(runSchema, request.body ?? {}).dry_run })));
}

function toWire({ id, name, target, alert, unit, value, state, remedy, ...rest }: Kpi) {
  return { id, name, target, alert, unit, value: value ?? null, shown: showKpi({ value, unit, ...rest }), state, remedy: state === 'warn' || state === 'fail' ? remedy : null };
}

function toWireSummary(summary: HouseSummary | undefined) {
  return {
    requests: summary?.requests ?? null,
    errors: summary?.errors ?? null,
    refused: summary?.refused ?? null,
    p50_seconds: summary?.p50Seconds ?? null,
    p95_seconds: summary?.p95Seconds ?? null,
    cache_hit_share: summary?.cacheHitShare ?? null,
    marked_share: summary?.markedShare ?? null,
    most_waiting: summary?.mostWaiting ?? null,
    disk_used_share: summary?.diskUsedShare ?? null,
    memory_bytes: summary?.memoryBytes ?? null,
  };
}

function toWireReport(report: HousekeepingReport | undefined) {
  if (report === undefined) return null;
  const { items, bytes } = totalOf(report);
  return { at: report.at, dry_run: report.dryRun, items, bytes, tasks: report.lines.map(({ failure, ...line }) => ({ ...line, failure: failure ?? null })) };
}
