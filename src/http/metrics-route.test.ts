import { describe, expect, it } from 'vitest';
import { configSchema } from '../config/schema.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import { createApp } from './app.ts';
import { createDoor } from './door.ts';
import { registerMetricsRoute } from './metrics-route.ts';

async function statusOf(openMetrics: boolean, headers: Record<string, string> = {}): Promise<number> {
  const metrics = createMetrics();
  const { server, plans } = configSchema.parse({});
  const app = await createApp({
    server, metrics, openMetrics, log: createSilentLogger(), closeAtOnce: new AbortController().signal,
    door: createDoor({ keys: { find: async () => undefined }, needsKey: true, lane: undefined, plans, onRefusal: () => undefined }),
    routes: [(registered) => registerMetricsRoute(registered, { metrics, beforeScrape: async () => undefined })],
  });
  const { statusCode } = await app.inject({ url: '/metrics', headers });
  await app.close();
  return statusCode;
}

describe('GET /metrics where keys are needed', () => {
  it('is for operators', async () => {
    expect(await statusOf(false)).toBe(401);
  });

  it('is for anybody where the owner says so, but not with a wrong key', async () => {
    expect(await statusOf(true)).toBe(200);
    expect(await statusOf(true, { 'x-api-key': 'ant_wrong' })).toBe(403);
  });
});
