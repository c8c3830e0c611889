/** What an operator asks a lane: which one it is, and how it does. */
import type { FastifyInstance } from 'fastify';
import type { LaneId } from '../caller.ts';
import type { LaneReport } from '../telemetry/lane-figures.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { callerOf } from './request-context.ts';

/** GET /whoami: the lane that whoever asks is served in. */
export function registerWhoami(app: FastifyInstance): void {
  app.get('/whoami', async (request) => ({ lane: callerOf(request).lane }));
}

export type LaneMetricsOptions = {
  readonly lane: LaneId;
  readonly metrics: Metrics;
  readonly beforeScrape: () => Promise<void>;
  /** Requests of the lane that wait to begin, and those that are being served. */
  readonly load: () => { readonly waiting: number; readonly inFlight: number };
};

/** GET /metrics of a lane: its own figures as JSON; OpenMetrics of the whole server for whoever asks for text. */
export function registerLaneMetrics(app: FastifyInstance, { lane, metrics, beforeScrape, load }: LaneMetricsOptions): void {
  app.get('/metrics', async (request, reply) => {
    if (/\b(text\/plain|application\/openmetrics-text)\b/.test(request.headers.accept ?? '')) {
      await beforeScrape();
      return reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics());
    }
    return reply.header('cache-control', 'no-store').send(toWire(lane, metrics.lanes.report(lane), load()));
  });
}

/** Names of the original's metrics first: dashboards ask for them. */
function toWire(lane: LaneId, report: LaneReport, { waiting, inFlight }: { readonly waiting: number; readonly inFlight: number }) {
  return {
    lane,
    total_requests: report.totalRequests,
    cache_hit_rate: report.sentences === 0 ? 0 : round(report.cachedSentences / report.sentences),
    average_latency: round(report.averageLatencySeconds),
    error_count: report.errorCount,
    cache_hits: report.cachedSentences,
    p50_latency: round(report.p50LatencySeconds),
    p95_latency: round(report.p95LatencySeconds),
    refused_count: report.refusedCount,
    queue_depth: waiting,
    in_flight: inFlight,
  };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
