/** What thinks, built for the runtime: a worker process of its own that comes and goes with the need, and the pool on it. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import { toLanguageModels } from './dispatch/language-models.ts';
import { createLanguagePool, type LanguageModel, type LanguagePool } from './dispatch/language-pool.ts';
import { createWorkerCatalog, type WorkerCatalog } from './dispatch/worker-catalog.ts';
import { createWorkerRoster } from './dispatch/worker-roster.ts';
import { createLanguageEngines } from './engines/create-language-engines.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { createWorkerClient } from './worker/client.ts';
import { createOnDemandWorker, type OnDemandWorker } from './worker/on-demand-worker.ts';
import { superviseWorker } from './worker/supervised-worker.ts';
import type { WorkerOptions } from './worker/worker-options.ts';
import { spawnWorkerProcess } from './worker/worker-process.ts';

export type Language = {
  readonly pool: LanguagePool;
  /** Read here, from headers: nobody has to start the worker to know what it could do. */
  readonly catalog: WorkerCatalog<LanguageModel>;
  /** Files that lie here and cannot be used, each with its reason. */
  readonly problems: () => Promise<readonly string[]>;
  readonly worker: OnDemandWorker;
  readonly close: (graceMs: number) => Promise<void>;
};

export type BuildLanguageOptions = {
  readonly config: Config;
  /** As all workers of this server have them. */
  readonly worker: Omit<WorkerOptions, 'name' | 'listen' | 'hosts'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
};

const workerId = 'language-0';

export function buildLanguage({ config, worker: options, clock, metrics, log }: BuildLanguageOptions): Language {
  const { language, workers } = config;
  const engines = createLanguageEngines({ ...config, ...config.inference, ...language, onProviderFallback: () => undefined });
  let socketDir: string | undefined;
  let generation = 0;

  const worker = createOnDemandWorker({
    id: workerId,
    idleMs: language.idleUnloadMs,
    clock,
    start: () => superviseWorker({
      ...workers,
      id: workerId,
      clock,
      log,
      spawn: () => {
        socketDir ??= mkdtempSync(join(tmpdir(), 'antiphon-'));
        return spawnWorkerProcess({ ...options, name: workerId, hosts: 'language', threads: language.threads, residentBytes: language.residentBytes, maxSessions: language.maxOpen, listen: `unix:${join(socketDir, `language-${generation++}.sock`)}` });
      },
      connect: createWorkerClient,
      // Which model is wanted is known from the first request; it pays for the loading.
      prepare: async () => undefined,
      onChange: (changed, state) => {
        if (state.name === 'lost') metrics.workerRestarts.inc({ worker: changed.id });
        if (state.name === 'ready') roster.wake();
      },
    }),
  });
  const roster = createWorkerRoster({ workers: () => [{ id: workerId, client: worker.client }], clock });
  const pool = createLanguagePool({ lanes: config.lanes, roster, use: worker.use, maxOpen: language.maxOpen, maxWaiting: language.maxWaiting, waitTimeoutMs: workers.waitTimeoutMs, clock, metrics });

  async function listModels(): Promise<readonly LanguageModel[]> {
    const infos = (await Promise.all([...engines.chatEngines, ...engines.embeddingEngines].map((engine) => engine.listModels()))).flat();
    // One that is just dying has nothing loaded.
    const here = await worker.client()?.listLanguageModels().catch(() => undefined);
    return toLanguageModels(infos, new Set(here?.models.filter((model) => model.loaded).map((model) => model.model_id)));
  }

  return {
    pool,
    worker,
    catalog: createWorkerCatalog({ list: listModels, clock }),
    problems: async () => (await Promise.all(engines.chatEngines.map((engine) => engine.problems()))).flat().map(({ modelId, reason }) => `${modelId}: ${reason}`),
    close: async (graceMs) => {
      await worker.close(graceMs);
      if (socketDir !== undefined) await rm(socketDir, { recursive: true, force: true });
    },
  };
}
