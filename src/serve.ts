/** A running server: the rooms, the ports, the fetching of models, and an orderly end. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadedConfig } from './config/load-config.ts';
import { AntiphonError } from './errors.ts';
import { createCompanionHealth } from './companion-health.ts';
import { createApp } from './http/app.ts';
import { registerJobRoutes } from './http/api/jobs.ts';
import { registerModelRoutes } from './http/api/models.ts';
import { registerProviderRoutes } from './http/api/providers.ts';
import { registerRequestRoutes } from './http/api/requests.ts';
import { registerPronunciationRoutes } from './http/api/pronunciations.ts';
import { registerPronounceRoute } from './http/api/pronounce.ts';
import { registerSessionRoutes } from './http/api/sessions.ts';
import { registerSpeechRoutes } from './http/api/speech.ts';
import { registerAutovoice } from './http/autovoice/speech.ts';
import { registerElevenLabs } from './http/elevenlabs/register.ts';
import { registerGroqSpeech } from './http/groq/speech.ts';
import { elevenLabsMultiStreamInput } from './http/elevenlabs/multi-stream-input.ts';
import { elevenLabsStreamInput } from './http/elevenlabs/stream-input.ts';
import { registerElevenLabsSpeechToText } from './http/elevenlabs/speech-to-text.ts';
import { registerGroqTranscriptions } from './http/groq/transcriptions.ts';
import { listenRoute } from './http/api/listen.ts';
import { registerTranscriptionRoutes } from './http/api/transcriptions.ts';
import { registerOpenAiTranscriptions } from './http/openai/transcriptions.ts';
import { clearUploads } from './http/uploads/upload-folder.ts';
import { registerHealthRoutes } from './http/health-routes.ts';
import { isLoopback } from './http/host-check.ts';
import { listenMain, listenSide } from './http/listen.ts';
import { registerMetricsRoute } from './http/metrics-route.ts';
import { registerOdiadev } from './http/odiadev/speech.ts';
import { registerOpenAiCatalog } from './http/openai/catalog.ts';
import { registerChat } from './http/openai/chat.ts';
import { registerEmbeddings } from './http/openai/embeddings.ts';
import { registerOpenAiSpeech } from './http/openai/speech.ts';
import { registerRoseHealth } from './http/rose/health.ts';
import { registerReplyAudio } from './http/rose/reply-audio.ts';
import { registerRoseVoice } from './http/rose/voice.ts';
import { registerWebPage } from './http/web-page.ts';
import { registerWebSockets } from './http/web-sockets.ts';
import { jobStates } from './jobs/job-state.ts';
import { createPrefetch, type Prefetch } from './models/prefetch.ts';
import type { PullProgress } from './models/progress.ts';
import { createRuntime, type Runtime } from './runtime.ts';
import { createServerHealth } from './server-health.ts';
import { localMember } from './dispatch/fallback.ts';
import { chooseSpeechMembers } from './speech/speech-source.ts';
import { readGpus, reportGpus } from './telemetry/gpu.ts';
import type { Logger } from './telemetry/logger.ts';

export type RunningServer = {
  readonly runtime: Runtime;
  readonly prefetch: Prefetch;
  /** Where clients reach it: `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Ports that could be opened; undefined where one was taken or is off. */
  readonly healthPort: number | undefined;
  readonly metricsPort: number | undefined;
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
  refuseOpenDoor(config.server.host, config.server.allowUnauthenticated);
  const startedAt = new Date();
  const runtime = await createRuntime({ loaded, log, preload: config.workers.preload, place: 'server' });
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
  const metricsRoute = { metrics: runtime.metrics, beforeScrape: () => readSlowGauges(runtime) };
  const patienceOver = new AbortController();
  const common = { server: config.server, metrics: runtime.metrics, log, closeAtOnce: patienceOver.signal };
  const names = { catalog: runtime.catalog, speech: config.speech, transcription: config.transcription, hearing: runtime.listening.catalog.models, language: runtime.thinking.names, startedAt };
  const elevenLabs = { speak: runtime.speak, catalog: runtime.catalog, speech: config.speech, mayAskProviders: (model: string) => mayAskProviders(runtime, model) };
  const uploads = { folder: join(config.dataDir, 'uploads'), maxBytes: config.transcription.maxUploadBytes, stallTimeoutMs: config.transcription.uploadStallMs };
  await clearUploads(uploads.folder);
  await runtime.companion.start();
  const thinking = { chat: runtime.thinking.chat, embed: runtime.thinking.embed, stallTimeoutMs: config.speech.stallTimeoutMs };
  const conversing = { ...runtime.companion, stallTimeoutMs: config.speech.stallTimeoutMs, uploads: { ...uploads, maxBytes: config.companion.maxUploadBytes, filePart: 'audio', maxBytesSetting: 'companion.maxUploadBytes' } };
  const hearing = { transcribe: runtime.transcribe, uploads, stallTimeoutMs: config.speech.stallTimeoutMs };
  const main = await createApp({ ...common, routes: [
    (app) => registerOpenAiSpeech(app, { speak: runtime.speak, stallTimeoutMs: config.speech.stallTimeoutMs }),
    (app) => registerChat(app, thinking),
    (app) => registerEmbeddings(app, thinking),
    (app) => registerOpenAiCatalog(app, names),
    (app) => registerGroqSpeech(app, { speak: runtime.speak, stallTimeoutMs: config.speech.stallTimeoutMs }),
    (app) => registerChat(app, { ...thinking, vendor: 'groq' }),
    (app) => registerEmbeddings(app, { ...thinking, prefix: '/openai/v1' }),
    (app) => registerOpenAiCatalog(app, { ...names, prefix: '/openai/v1' }),
    (app) => registerOdiadev(app, { speak: runtime.speak, catalog: runtime.catalog, stallTimeoutMs: config.speech.stallTimeoutMs }),
    (app) => registerAutovoice(app, { speak: runtime.speak, catalog: runtime.catalog }),
    (app) => registerSpeechRoutes(app, { speak: runtime.speak, stallTimeoutMs: config.speech.stallTimeoutMs }),
    (app) => registerPronounceRoute(app, { pronounce: runtime.pronounce }),
    (app) => registerPronunciationRoutes(app, { dictionary: runtime.dictionary }),
    (app) => registerElevenLabs(app, elevenLabs),
    (app) => registerOpenAiTranscriptions(app, hearing),
    (app) => registerGroqTranscriptions(app, hearing),
    (app) => registerElevenLabsSpeechToText(app, hearing),
    (app) => registerTranscriptionRoutes(app, { ...hearing, models: runtime.listening.catalog.models }),
    (app) => registerRequestRoutes(app, { requests: runtime.requests, pool: runtime.pool, transcriptions: runtime.listening.pool, roster: runtime.roster, recent: runtime.recentRequests }),
    (app) => registerModelRoutes(app, { catalog: runtime.catalog, speech: config.speech, artefacts: () => listArtefacts(runtime) }),
    (app) => registerProviderRoutes(app, { ...runtime.providers, check: runtime.providers.watch.check, reset: runtime.providers.fallback.reset }),
    (app) => registerJobRoutes(app, { ...runtime.jobs, jobs: config.jobs }),
    (app) => registerSessionRoutes(app, conversing),
    (app) => registerRoseVoice(app, conversing),
    (app) => registerReplyAudio(app, conversing),
    (app) => registerRoseHealth(app, { version: health.version, services: createCompanionHealth(runtime, health.checks) }),
    (app) => registerHealthRoutes(app, health),
    (app) => registerMetricsRoute(app, metricsRoute),
    (app) => registerWebPage(app),
    (app) => registerWebSockets(app, { ...common, routes: [elevenLabsStreamInput(elevenLabs), elevenLabsMultiStreamInput(elevenLabs), listenRoute({ listen: runtime.listening.listen })] }),
  ] });
  const healthApp = await createApp({ ...common, routes: [(app) => registerHealthRoutes(app, health)] });
  const metricsApp = await createApp({ ...common, routes: [(app) => registerMetricsRoute(app, metricsRoute)] });

  async function close(): Promise<void> {
    state = 'draining';
    const patience = setTimeout(() => patienceOver.abort(), config.server.drainTimeoutMs);
    await prefetch.close();
    await runtime.close(config.server.drainTimeoutMs);
    await Promise.all([main.close(), healthApp.close(), metricsApp.close()]);
    clearTimeout(patience);
  }
  const stopFetching = () => void prefetch.close();
  signal?.addEventListener('abort', stopFetching, { once: true });
  if (signal?.aborted === true) stopFetching();
  let closing: Promise<void> | undefined;
  const closeOnce = () => (closing ??= close());

  try {
    const { host, port } = config.server;
    const openedPort = await listenMain({ name: 'main', app: main, port }, host);
    const [healthPort, metricsPort] = await Promise.all([
      config.server.healthPort === 0 ? undefined : listenSide({ name: 'health', app: healthApp, port: config.server.healthPort }, host, log),
      config.server.metricsPort === 0 ? undefined : listenSide({ name: 'metrics', app: metricsApp, port: config.server.metricsPort }, host, log),
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
      runtime, prefetch, healthPort, metricsPort,
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

/** Whether a provider may speak for what a client calls a model. */
function mayAskProviders({ config, providers: { roster, fallback } }: Runtime, model: string): boolean {
  const { members = fallback.chain('speech') } = chooseSpeechMembers({ model, config: config.speech, roster });
  return members.some((member) => member !== localMember);
}

/** There are no keys yet: whoever reaches the port may use everything behind it. */
function refuseOpenDoor(host: string, allowed: boolean): void {
  if (isLoopback(host) || allowed) return;
  throw new AntiphonError('config_invalid', `server.host is ${host}, which others can reach, and this version has no API keys. Bind to 127.0.0.1, or set server.allowUnauthenticated (ANTIPHON_SERVER_ALLOW_UNAUTHENTICATED=true) where a proxy checks who asks.`, { param: 'server.host' });
}

async function keepPreferredLoaded(runtime: Runtime): Promise<void> {
  const here = (await runtime.catalog.refresh()).map(({ modelId }) => modelId);
  const preferred = runtime.config.workers.preload.find((modelId) => here.includes(modelId));
  if (preferred !== undefined) await runtime.keepLoaded(preferred);
}

async function listArtefacts({ models }: Runtime) {
  const freeBytes = process.availableMemory();
  return (await models.list()).map(({ artefact, state }) => ({
    id: artefact.id,
    description: artefact.summary,
    licence: artefact.licence,
    bytes: artefact.totalBytes,
    state: state.status,
    receivedBytes: state.status === 'fetching' || state.status === 'partial' ? state.bytes : undefined,
    fit: artefact.converses === undefined ? undefined : { for: artefact.converses.fitFor, memoryBytes: artefact.converses.memoryBytes, isFree: artefact.converses.memoryBytes <= freeBytes },
  }));
}

/** What costs a call or a process to read is read when somebody scrapes. */
async function readSlowGauges({ metrics, supervisor, jobs, companion }: Runtime): Promise<void> {
  const counts = await jobs.runner.countByState();
  for (const state of jobStates) metrics.jobs.set({ state }, counts[state] ?? 0);
  metrics.sessions.set(await companion.countSessions());
  reportGpus(metrics, await readGpus());
  await Promise.allSettled(supervisor.workers().map(async (worker) => {
    const state = worker.state();
    if (state.name === 'ready') metrics.workerMemory.set({ worker: worker.id }, (await state.client.capabilities()).rss_bytes);
  }));
}

async function readVersion(): Promise<string> {
  const file = fileURLToPath(new URL('../package.json', import.meta.url));
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}
