/** The cache of spoken sentences, built for the runtime and for the command that looks after it. */
import { join } from 'node:path';
import type { Config } from './config/schema.ts';
import type { SpeechPool } from './dispatch/speech-pool.ts';
import { createSpeechCache, type SpeechCache } from './speech/cache/cached-speech.ts';
import { createCacheFiles, type CacheFiles } from './speech/cache/cache-files.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

const hourMs = 3_600_000;

export function buildCacheFiles({ dataDir }: Pick<Config, 'dataDir'>): CacheFiles {
  return createCacheFiles({ folder: join(dataDir, 'cache'), now: () => new Date() });
}

export type BuildCacheOptions = { readonly config: Config; readonly pool: SpeechPool; readonly files: CacheFiles; readonly metrics: Metrics; readonly log: Logger };

/** undefined where it is turned off. */
export function buildCache({ config: { cache }, pool, files, metrics, log }: BuildCacheOptions): SpeechCache | undefined {
  if (!cache.enabled) return undefined;
  const settings = { maxBytes: cache.maxBytes, ttlMs: cache.ttlHours * hourMs, longTtlMs: cache.longTtlHours * hourMs, longCharacters: cache.longCharacters };
  return createSpeechCache({ pool, files, settings, now: () => new Date(), metrics, log });
}
