/** What is kept of spoken sentences: how much, for which voices, how often it is of use; and its removal. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { laneIds } from '../../caller.ts';
import type { Config } from '../../config/schema.ts';
import type { CacheFiles } from '../../speech/cache/cache-files.ts';
import type { LaneFigures } from '../../telemetry/lane-figures.ts';
import { parseBody } from '../validation.ts';

export type CacheRoutesOptions = { readonly files: Pick<CacheFiles, 'stats' | 'clear'>; readonly cache: Config['cache']; readonly lanes: Pick<LaneFigures, 'report'> };

const clearSchema = z.strictObject({ voice: z.string().min(1).optional() });

export function registerCacheRoutes(app: FastifyInstance, { files, cache, lanes }: CacheRoutesOptions): void {
  app.get('/api/v1/cache', async (_request, reply) => {
    const { entries, bytes, voices } = await files.stats();
    const reports = laneIds.map((lane) => lanes.report(lane));
    const [sentences, cached] = [reports.reduce((sum, one) => sum + one.sentences, 0), reports.reduce((sum, one) => sum + one.cachedSentences, 0)];
    return reply.header('cache-control', 'no-store').send({ enabled: cache.enabled, entries, bytes, max_bytes: cache.maxBytes, hit_rate: sentences === 0 ? null : cached / sentences, sentences, cached_sentences: cached, voices });
  });

  app.delete('/api/v1/cache', async (request) => files.clear(parseBody(clearSchema, request.query).voice));
}
