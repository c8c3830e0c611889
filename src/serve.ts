/** A running server: the rooms, the ports, the fetching of models, and an orderly end. */
import type { FastifyInstance } from 'fastify';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { buildApps } from './build-apps.ts';
import { needsKeys } from './build-access.ts';
import type { LaneId } from './caller.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { AntiphonError } from './errors.ts';
import { clearUploads, uploadsFolder } from './http/uploads/upload-folder.ts';
import { isLoopback } from './http/host-check.ts';
import { listenMain, listenSide } from './http/listen.ts';
import { createPrefetch, type Prefetch } from './models/prefetch.ts';
import type { PullProgress } from './models/progress.ts';
import { createRuntime, type Runtime } from './runtime.ts';
import { createServerHealth } from './server-health.ts';
import type { Logger } from './telemetry/logger.ts';

export type RunningServer = {
  readonly runtime: Runtime;
  readonly prefetch: Prefetch;
  /** Where clients reach it: `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Ports that could be opened; undefined where one was taken or is off. */
  readonly healthPort: number | undefined;
  readonly metricsPort: number | undefined;
  readonly lanePorts: Readonly<Record<LaneId, number | undefined>>;
  /** True when the fast voice speaks, false where the built-in one stands in. */
  readonly fastVoiceReady: boolean;
  /** Finishes speech in flight within server.drainTimeoutMs and leaves nothing behind. Idempotent. */
  readonly close: () => Promise<void>;
};

export type ServeOptions = {
  readonly loaded: LoadedConfig;
  readonly log: Logger;
  /** Follows the fetch of the first model; later ones come quietly. */
  readonly onProgress?: (progress: PullProgress) => void;
  /** Aborted where nobody waits for the server any more: it comes up without what it was still fetching, to be closed. */
  readonly signal?: AbortSignal;
};

/** Errors: address_in_use, config_invalid. */
export async function serve({ loaded, log, onProgress, signal }: ServeOptions): Promise<RunningServer> {
  const { config } = loaded;
  const startedAt = new Date();
  const runtime = await createRuntime({ loaded, log, preload: config.workers.preload, place: 'server' });
  await refuseOpenDoor(runtime);
  await runtime.switches.applyStartUp();
  let state: 'starting' | 'serving' | 'draining' = 'starting';
  const prefetch = createPrefetch({
    store: runtime.models,
    artefactIds: config.models.prefetch,
    retryMs: config.models.retryMs,
    clock: runtime.clock,
    onReady: async (artefactId) => {
      log.info({ artefact: artefactId }, 'model fetched');
      await keepPreferredLoaded(runtime);
      await runtime.listening.prepare(artefactId);
      await Promise.all([runtime.listening.catalog.refresh(), runtime.language.catalog.refresh()]);
    },
    onFailure: (artefactId, error) => log.warn({ artefact: artefactId, code: error.code }, error.message),
  });

  const health = { version: await readVersion(), startedAt, checks: createServerHealth(runtime, prefetch), isReady: () => state === 'serving' && runtime.supervisor.workers().some((worker) => worker.state().name === 'ready') };
  const patienceOver = new AbortController();
  await clearUploads(uploadsFolder(config.dataDir));
  await runtime.companion.start();
  await runtime.operations.start();
  const interrupted = await runtime.ledger.recover(startedAt.toISOString());
  if (interrupted > 0) log.warn({ requests: interrupted }, 'requests that were in work when the server ended are given back to their quotas');
  const apps = await buildApps({ runtime, health, startedAt, log, closeAtOnce: patienceOver.signal });

  async function close(): Promise<void> {
    state = 'draining';
    const patience = setTimeout(() => patienceOver.abort(), config.server.drainTimeoutMs);
    await prefetch.close();
    await runtime.close(config.server.drainTimeoutMs);
    await Promise.all([apps.main, apps.lanes.priority, apps.lanes.free, apps.health, apps.metrics].map((app) => app.close()));
    clearTimeout(patience);
  }
  const stopFetching = () => void prefetch.close();
  signal?.addEventListener('abort', stopFetching, { once: true });
  if (signal?.aborted === true) stopFetching();
  let closing: Promise<void> | undefined;
  const closeOnce = () => (closing ??= close());

  try {
    const { host, port } = config.server;
    const openedPort = await listenMain({ name: 'main', app: apps.main, port }, host);
    const side = (name: string, app: FastifyInstance, wanted: number) => (wanted === 0 ? undefined : listenSide({ name, app, port: wanted }, host, log));
    const [healthPort, metricsPort, priorityPort, freePort] = await Promise.all([
      side('health', apps.health, config.server.healthPort),
      side('metrics', apps.metrics, config.server.metricsPort),
      side('priority lane', apps.lanes.priority, config.lanes.priority.port),
      side('free lane', apps.lanes.free, config.lanes.free.port),
    ]);
    await runtime.supervisor.settled();
    const [first, ...others] = config.models.prefetch;
    await prefetch.fetch(first === undefined ? [] : [first], onProgress);
    state = 'serving';
    prefetch.fetchInBackground(others);
    await runtime.jobs.runner.start();
    runtime.providers.watch.start();
    const models = await runtime.catalog.refresh();
    return {
      runtime, prefetch, healthPort, metricsPort, lanePorts: { priority: priorityPort, free: freePort },
      address: `http://${host.includes(':') ? `[${host}]` : host}:${openedPort}`,
      fastVoiceReady: models.some(({ engine }) => engine === config.speech.models['tts-1']),
      close: closeOnce,
    };
  } catch (error) {
    await closeOnce();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stopFetching);
  }
}

/** A server that asks everybody for a key and that nobody has one for is of no use to anybody, and easily left so. */
async function refuseOpenDoor(runtime: Runtime): Promise<void> {
  const { config, keys } = runtime;
  if (!needsKeys(config, isLoopback(config.server.host)) || await keys.hasKeyOf('owner')) return;
  await runtime.close(0);
  throw new AntiphonError('config_invalid', `${isLoopback(config.server.host) ? 'access.requireKeys is always' : `server.host is ${config.server.host}, which others can reach`}, so everybody needs a key, and no owner has one. Make one first: antiphon users create me --role owner, then antiphon keys create --user me --plan enterprise. Or set access.requireKeys to never (ANTIPHON_ACCESS_REQUIRE_KEYS=never) where a proxy checks who asks.`, { param: 'server.host' });
}

async function keepPreferredLoaded(runtime: Runtime): Promise<void> {
  const here = (await runtime.catalog.refresh()).map(({ modelId }) => modelId);
  const preferred = runtime.config.workers.preload.find((modelId) => here.includes(modelId));
  if (preferred !== undefined) await runtime.keepLoaded(preferred);
}

async function readVersion(): Promise<string> {
  const file = fileURLToPath(new URL('../package.json', import.meta.url));
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}
