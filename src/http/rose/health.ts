/** GET /api/health and /api/v1/health in the words of Rose's operators: healthy, degraded, unhealthy; connected, error. */
import type { FastifyInstance } from 'fastify';
import { checkHealth, type HealthCheck } from '../../telemetry/health.ts';
import { roseDialect } from './errors.ts';

export type RoseHealthOptions = {
  readonly version: string;
  /** What a conversation leans on, by the names that this API has for it. */
  readonly services: () => Readonly<Record<string, HealthCheck>>;
};

const words = { pass: 'healthy', warn: 'degraded', fail: 'unhealthy' } as const;

/** 503 as soon as anything is not as it should be: that is what its monitors look at. */
export function registerRoseHealth(app: FastifyInstance, { version, services }: RoseHealthOptions): void {
  for (const path of ['/api/health', '/api/v1/health']) {
    app.get(path, { config: { dialect: roseDialect } }, async (_request, reply) => {
      const { status, components } = await checkHealth(services());
      const all = Object.entries(components);
      return reply.code(status === 'pass' ? 200 : 503).header('cache-control', 'no-store').send({
        status: words[status],
        version,
        services: Object.fromEntries(all.map(([name, component]) => [name, component.status === 'pass' ? 'connected' : 'error'])),
        errors: all.flatMap(([name, component]) => (component.status === 'pass' ? [] : [`${name}: ${component.message ?? 'It does not work as it should.'}`])),
        timestamp: new Date().toISOString(),
      });
    });
  }
}
