/** /health with all components, /health/live (the event loop turns), /health/ready (requests can be served). */
import type { FastifyInstance } from 'fastify';
import { checkHealth, type HealthCheck } from '../telemetry/health.ts';

export type HealthRoutesOptions = {
  readonly version: string;
  readonly startedAt: Date;
  /** Asked at every call: which parts there are may change. */
  readonly checks: () => Readonly<Record<string, HealthCheck>>;
  /** False while starting and while draining. */
  readonly isReady: () => boolean;
};

export function registerHealthRoutes(app: FastifyInstance, { version, startedAt, checks, isReady }: HealthRoutesOptions): void {
  app.get('/health', async (_request, reply) => {
    const report = await checkHealth(checks());
    return reply
      .code(report.status === 'fail' ? 503 : 200)
      .header('content-type', 'application/health+json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(JSON.stringify({ status: report.status, version, started_at: startedAt.toISOString(), components: report.components }));
  });
  app.get('/health/live', async () => ({ status: 'pass' }));
  app.get('/health/ready', async (_request, reply) => {
    const ready = isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'pass' : 'fail' });
  });
}
