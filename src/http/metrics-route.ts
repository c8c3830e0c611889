/** /metrics in OpenMetrics text. */
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../telemetry/metrics.ts';

export function registerMetricsRoute(app: FastifyInstance, { metrics, beforeScrape }: { metrics: Metrics; beforeScrape: () => Promise<void> }): void {
  app.get('/metrics', async (_request, reply) => {
    await beforeScrape();
    return reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
