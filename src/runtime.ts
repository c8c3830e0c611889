/** Builds the rooms from the configuration and joins them; the server and the commands that speak both stand on it. */
import type { RequestLimits } from './access/limits/request-limits.ts';
import type { AccessSignals } from './store/access-signals.ts';
import { createUsageBook } from './access/usage-book.ts';
import type { UsageBook } from './usage.ts';
import type { KeyRing } from './access/key-ring.ts';
import type { KeyUse } from './access/key-use.ts';
import { buildKeyRing, buildKeyUse, buildLimits } from './build-access.ts';
import { buildCache, buildCacheFiles } from './build-cache.ts';
import { buildCompanion, type Companion } from './build-companion.ts';
import { buildJobs, type Jobs } from './build-jobs.ts';
import { buildLanguage, type Language } from './build-language.ts';
import { buildListening, type Listening } from './build-listening.ts';
import { buildMarks } from './build-marks.ts';
import { buildProviders, type Providers } from './build-providers.ts';
import { buildRecords, type RecentRequests } from './build-records.ts';
import { buildOperations, buildSwitches, type Operations, type Switches } from './build-operations.ts';
import { buildThinking, type Thinking } from './build-thinking.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Config } from './config/schema.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Lanes } from './dispatch/lanes.ts';
import { createRequestRegistry, type RequestRegistry } from './dispatch/request-registry.ts';
import { createSpeechPool, type SpeechPool } from './dispatch/speech-pool.ts';
import { createWorkerRoster, type WorkerRoster } from './dispatch/worker-roster.ts';
import { AntiphonError } from './errors.ts';
import type { JobPlace } from './jobs/job.ts';
import { catalog as artefacts } from './models/catalog.ts';
import { createModelStore, type ModelStore } from './models/store.ts';
import { createPronounce, type Pronounce } from './speech/pronounce.ts';
import type { SpeechMarks } from './speech/marking/speech-marks.ts';
import type { CacheFiles } from './speech/cache/cache-files.ts';
import { createSpeak, type Speak } from './speech/speak.ts';
import { createUserDictionaries, type UserDictionaries } from './speech/user-dictionary.ts';
import { createUsageLedger, type UsageLedger } from './store/usage-ledger.ts';
import { createVoiceCatalog, type VoiceCatalog } from './speech/voice-catalog.ts';
import { openDatabase } from './store/database.ts';
import { openRevisions } from './store/live-snapshot.ts';
import { createPronunciationDictionary } from './store/pronunciation-dictionary.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Transcribe } from './transcription/transcript.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import type { WorkerClient } from './worker/client.ts';
import type { SupervisedWorker } from './worker/supervised-worker.ts';
import { createSupervisor, type Supervisor } from './worker/supervisor.ts';

export type Runtime = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly models: ModelStore;
  readonly supervisor: Supervisor;
  readonly catalog: VoiceCatalog;
  readonly roster: WorkerRoster;
  readonly pool: SpeechPool;
  readonly listening: Listening;
  readonly transcribe: Transcribe;
  /** Other people's servers, and who is asked in which order. */
  readonly providers: Providers;
  /** Conversations and embeddings, whoever answers. */
  readonly thinking: Thinking;
  /** Spoken conversations that are remembered. */
  readonly companion: Companion;
  /** The local language model and embeddings; their worker runs only while somebody asks. */
  readonly language: Language;
  readonly keys: KeyRing;
  readonly keyUse: KeyUse;
  readonly usage: UsageBook;
  readonly ledger: UsageLedger;
  readonly limits: RequestLimits;
  /** Who asked far too often, and when. */
  readonly signals: AccessSignals;
  /** What an operator turns while it runs. */
  readonly switches: Switches;
  /** How the house does, and did; what it clears away. */
  readonly operations: Operations;
  /** The marks of what leaves the free lane. */
  readonly marks: SpeechMarks;
  /** Sentences that were spoken before. */
  readonly cacheFiles: CacheFiles;
  readonly requests: RequestRegistry;
  readonly speak: Speak;
  /** Durable jobs; they run only once the runner was started. */
  readonly jobs: Jobs;
  readonly pronounce: Pronounce;
  readonly dictionaries: UserDictionaries;
  /** Requests that ended, newest first; about a second behind. */
  readonly recentRequests: RecentRequests;
  /** Loads a model into every worker and warms it, as the workers will do again after a restart. */
  readonly keepLoaded: (modelId: string) => Promise<void>;
  /** Lets speech in flight finish within the time, ends the workers, closes the database. Idempotent. */
  readonly close: (graceMs: number) => Promise<void>;
};

export type CreateRuntimeOptions = {
  readonly loaded: LoadedConfig;
  readonly log: Logger;
  /** Overrides the configured number of workers. */
  readonly workers?: number;
  /** Models to load and warm before a worker counts as ready; the first that lies here is enough. */
  readonly preload: readonly string[];
  /** Who runs durable jobs here. Default: a command. */
  readonly place?: JobPlace;
};

export async function createRuntime({ loaded, log, workers = loaded.config.workers.count, preload, place = 'command' }: CreateRuntimeOptions): Promise<Runtime> {
  const { config } = loaded;
  const clock = systemClock;
  const metrics = createMetrics();
  const models = createModelStore({ modelsDir: config.modelsDir, catalog: artefacts, offline: config.models.offline, ...(config.models.mirror === '' ? {} : { mirror: config.models.mirror }), logger: log });
  const database = await openDatabase(config);
  const revisions = openRevisions(config);
  const keys = buildKeyRing({ config, database, revisions });
  const keyUse = buildKeyUse({ database, clock, log });
  const ledger = createUsageLedger(database);
  const usage = createUsageBook({ ledger, now: () => new Date(), metrics, log });
  const switches = buildSwitches({ loaded, database, revisions, metrics });
  const isThrottled = () => switches.lastValues()['free-lane'] === 'throttled';
  const { limits, signals } = buildLimits({ config, database, clock, metrics, log, isThrottled });
  const records = buildRecords({ database, clock, log });
  const providers = await buildProviders({ loaded, database, clock, metrics, log });
  const kept = new Set<string>();

  const worker = {
    modelsDir: config.modelsDir,
    voicesDir: config.voicesDir,
    whisperDir: config.whisperDir,
    ggufDir: config.language.ggufDir,
    contextTokens: config.language.contextTokens,
    conversations: config.language.conversations,
    residentBytes: config.workers.residentBytes,
    maxSessions: config.workers.maxStreams,
    executionProviders: config.inference.executionProviders,
    threads: config.inference.threads,
    logLevel: config.log.level,
    logFormat: config.log.format,
  };

  const supervisor = await createSupervisor({
    count: workers,
    worker: { ...worker, hosts: 'speech' },
    prepare: prepareWorker,
    timing: config.workers,
    clock,
    log,
  });
  const roster = createWorkerRoster({ workers: () => supervisor.workers().map((worker) => ({ id: worker.id, client: () => readyClient(worker) })), clock });
  const lanes = laneRules(config.lanes, isThrottled);
  const pool = createSpeechPool({
    lanes,
    roster,
    maxStreamsPerWorker: config.workers.maxStreams,
    maxWaiting: config.workers.maxWaiting,
    waitTimeoutMs: config.workers.waitTimeoutMs,
    clock,
    metrics,
  });
  supervisor.subscribe((worker, state) => {
    metrics.workersReady.set(supervisor.workers().filter((one) => one.state().name === 'ready').length);
    if (state.name === 'lost') metrics.workerRestarts.inc({ worker: worker.id });
    if (state.name === 'ready') roster.wake();
  });
  const catalog = createVoiceCatalog({ listModels: () => anyReadyClient(supervisor).listModels(), clock });
  const requests = createRequestRegistry({ onCount: (kind, count) => metrics.inFlight.set({ kind }, count) });
  const listening = buildListening({ config, lanes, roster, anyClient: () => anyReadyClient(supervisor), providers, requests, usage, clock, metrics, log, record: records.heard });
  const language = buildLanguage({ config, worker, clock, metrics, log });
  const thinking = buildThinking({ config, local: language, providers, requests, usage, clock, metrics, log, record: records.thought });
  const entries = createPronunciationDictionary({ database });
  const dictionaries = createUserDictionaries((owner) => ({
    list: () => entries.list({ owner }),
    upsert: (entry) => entries.upsert({ owner, entry }),
    upsertAll: (all) => entries.upsertAll({ owner, entries: all }),
    remove: (id) => entries.remove({ owner, id }),
  }));
  const dictionaryOf = async (owner: string) => (await dictionaries.of(owner)).current();
  const marks = buildMarks({ config, database });
  const jobs = buildJobs({ marks, database, config, place, workers, catalog, pool, clock, metrics, log, dictionaryOf });
  const cacheFiles = buildCacheFiles(config);
  const cache = buildCache({ config, pool, files: cacheFiles, metrics, log });
  const operations = buildOperations({ config, database, keys, switches, cacheFiles, metrics, pool, supervisor, clock, log });
  const speak = createSpeak({ config: config.speech, catalog, pool, cache, marks, ...providers, requests, usage, dictionary: dictionaryOf, usesSmallModel: async () => (await switches.values())['small-model'] === 'on', clock, metrics, log, record: records.spoken });
  const companion = buildCompanion({ config, database, transcribe: listening.transcribe, chat: thinking.chat, speak, clock, metrics, log });

  /** A worker is of use once it can speak at once: with the first of the preferred models that lies here. */
  async function prepareWorker(client: WorkerClient, workerId: string): Promise<void> {
    const here = new Set((await client.listModels()).map(({ model_id: id }) => id));
    const first = preload.find((id) => here.has(id));
    const wanted = new Set([...(first === undefined ? [] : [first]), ...[...kept].filter((id) => here.has(id))]);
    for (const modelId of wanted) await load(client, workerId, modelId);
  }

  async function load(client: WorkerClient, workerId: string, modelId: string): Promise<void> {
    const { load_ms: loadMs, model } = await client.loadModel(modelId, { warmUp: true });
    if (loadMs === 0) return;
    metrics.modelLoad.observe({ model: modelId }, loadMs / 1000);
    log.info({ worker: workerId, model: modelId, load_ms: loadMs, provider: model.execution_provider }, 'model loaded');
  }

  async function close(graceMs: number): Promise<void> {
    const timeUp = AbortSignal.timeout(graceMs);
    await Promise.all([requests.drain(timeUp), jobs.runner.close()]);
    await listening.close();
    await Promise.all([supervisor.close(2_000), language.close(2_000)]);
    await Promise.all([providers.close(), companion.close(), cache?.settled(), operations.close()]);
    await Promise.all([records.close(), usage.close(), keyUse.close()]);
    revisions.close();
    await database.destroy();
  }

  let closing: Promise<void> | undefined;
  return {
    config, clock, log, metrics, models, supervisor, catalog, roster, pool, listening, transcribe: listening.transcribe, language, providers, thinking, companion, keys, keyUse, usage, ledger, limits, signals, switches, operations, marks, cacheFiles, requests, speak, jobs, dictionaries,
    pronounce: createPronounce({ config: config.speech, catalog, dictionary: dictionaryOf }),
    recentRequests: records.recent,
    keepLoaded: async (modelId) => {
      kept.add(modelId);
      await catalog.refresh();
      await Promise.all(supervisor.workers().map(async (worker) => {
        const client = readyClient(worker);
        if (client) await load(client, worker.id, modelId);
      }));
    },
    close: (graceMs) => (closing ??= close(graceMs)),
  };
}

/** Of every worker a quarter of the places is never the free lane's: whoever comes by the other finds one at once. */
const freePlacesShare = 0.75;

/** A throttled free lane has one place on each worker, and fewer to wait in: who is refused is refused at once. */
const throttledWaitingShare = 1 / 8;

function laneRules({ priority, free }: Config['lanes'], isThrottled: () => boolean): Lanes {
  const { maxWaiting } = free;
  return { priority, free: { ...free, placesShare: () => (isThrottled() ? 0 : freePlacesShare), get maxWaiting() { return isThrottled() ? Math.ceil(maxWaiting * throttledWaitingShare) : maxWaiting; } } };
}

function readyClient(worker: SupervisedWorker): WorkerClient | undefined {
  const state = worker.state();
  return state.name === 'ready' ? state.client : undefined;
}

function anyReadyClient(supervisor: Supervisor): WorkerClient {
  for (const worker of supervisor.workers()) {
    const client = readyClient(worker);
    if (client) return client;
  }
  throw new AntiphonError('worker_unavailable', 'No worker is ready yet.', { retryAfterSeconds: 2 });
}
