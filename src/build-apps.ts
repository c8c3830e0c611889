/** The HTTP applications, built for the server: the main port, a port for each lane, and those for health and metrics alone. */
import type { FastifyInstance } from 'fastify';
import { localOwner, type Caller, type LaneId } from './caller.ts';
import { createCompanionHealth } from './companion-health.ts';
import { registerJobRoutes } from './http/api/jobs.ts';
import { registerKeyRoutes } from './http/api/keys.ts';
import { registerModelRoutes } from './http/api/models.ts';
import { registerProviderRoutes } from './http/api/providers.ts';
import { registerRequestRoutes } from './http/api/requests.ts';
import { registerPronunciationRoutes } from './http/api/pronunciations.ts';
import { registerPronounceRoute } from './http/api/pronounce.ts';
import { registerSessionRoutes } from './http/api/sessions.ts';
import { registerCacheRoutes } from './http/api/cache.ts';
import { registerOperationsRoutes } from './http/api/operations.ts';
import { registerSwitchRoutes } from './http/api/switches.ts';
import { registerTicketRoute } from './http/api/tickets.ts';
import { registerUsageRoutes } from './http/api/usage.ts';
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
import { createTickets } from './access/tickets.ts';
import { needsKeys } from './build-access.ts';
import { createDoor, type AdmitVisitor } from './http/door.ts';
import { isLoopback } from './http/host-check.ts';
import { createApp, type AppOptions } from './http/app.ts';
import { registerHealthRoutes, type HealthRoutesOptions } from './http/health-routes.ts';
import { registerLaneMetrics, registerWhoami } from './http/lane-routes.ts';
import { registerMetricsRoute } from './http/metrics-route.ts';
import { registerOdiadev } from './http/odiadev/speech.ts';
import { registerOpenAiCatalog } from './http/openai/catalog.ts';
import { registerChat } from './http/openai/chat.ts';
import { registerEmbeddings } from './http/openai/embeddings.ts';
import { registerOpenAiSpeech } from './http/openai/speech.ts';
import { registerRoseHealth } from './http/rose/health.ts';
import { registerReplyAudio } from './http/rose/reply-audio.ts';
import { registerRoseVoice } from './http/rose/voice.ts';
import { uploadsFolder } from './http/uploads/upload-folder.ts';
import { registerWebPage } from './http/web-page.ts';
import { registerWebSockets } from './http/web-sockets.ts';
import { jobStates } from './jobs/job-state.ts';
import type { Runtime } from './runtime.ts';
import { localMember } from './dispatch/fallback.ts';
import { chooseSpeechMembers } from './speech/speech-source.ts';
import { readGpus, reportGpus } from './telemetry/gpu.ts';
import type { Logger } from './telemetry/logger.ts';
import type { WorkAction } from './usage.ts';

export type Apps = {
  readonly main: FastifyInstance;
  readonly lanes: Readonly<Record<LaneId, FastifyInstance>>;
  readonly health: FastifyInstance;
  readonly metrics: FastifyInstance;
};

export type BuildAppsOptions = {
  readonly runtime: Runtime;
  readonly health: HealthRoutesOptions;
  readonly startedAt: Date;
  readonly log: Logger;
  /** Aborted when a closing server shall wait no longer for clients that are still reading. */
  readonly closeAtOnce: AbortSignal;
};

export async function buildApps({ runtime, health, startedAt, log, closeAtOnce }: BuildAppsOptions): Promise<Apps> {
  const { config } = runtime;
  const metricsRoute = { metrics: runtime.metrics, beforeScrape: () => readSlowGauges(runtime) };
  const common = { server: config.server, metrics: runtime.metrics, log, closeAtOnce, openMetrics: config.access.openMetrics, limit: (caller: Caller, action: WorkAction) => runtime.limits.take(caller, action), gate: runtime.switches.gate, admit: (action: WorkAction, lane: LaneId) => admit(runtime, action, lane) };
  const names = { catalog: runtime.catalog, speech: config.speech, transcription: config.transcription, hearing: runtime.listening.catalog.models, language: runtime.thinking.names, startedAt };
  const elevenLabs = { speak: runtime.speak, catalog: runtime.catalog, speech: config.speech, mayAskProviders: (model: string) => mayAskProviders(runtime, model) };
  const uploads = { folder: uploadsFolder(config.dataDir), maxBytes: config.transcription.maxUploadBytes, stallTimeoutMs: config.transcription.uploadStallMs };
  const thinking = { chat: runtime.thinking.chat, embed: runtime.thinking.embed, stallTimeoutMs: config.speech.stallTimeoutMs };
  const conversing = { ...runtime.companion, stallTimeoutMs: config.speech.stallTimeoutMs, uploads: { ...uploads, maxBytes: config.companion.maxUploadBytes, filePart: 'audio', maxBytesSetting: 'companion.maxUploadBytes' } };
  const hearing = { transcribe: runtime.transcribe, uploads, stallTimeoutMs: config.speech.stallTimeoutMs };
  const needsKey = needsKeys(config, isLoopback(config.server.host));
  const nameOf = async ({ owner }: Caller) => (owner === localOwner ? localOwner : ((await runtime.keys.users()).find(({ id }) => id === owner)?.name ?? owner));
  const tickets = createTickets({ now: () => new Date() });
  /** Every API; each application has routes of its own, since a port may be closed by itself. */
  const api = (admitVisitor: AdmitVisitor): AppOptions['routes'] => [
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
    (app) => registerPronunciationRoutes(app, { dictionaryOf: runtime.dictionaries.of }),
    (app) => registerElevenLabs(app, { ...elevenLabs, ledger: runtime.ledger }),
    (app) => registerOpenAiTranscriptions(app, hearing),
    (app) => registerGroqTranscriptions(app, hearing),
    (app) => registerElevenLabsSpeechToText(app, hearing),
    (app) => registerTranscriptionRoutes(app, { ...hearing, models: runtime.listening.catalog.models }),
    (app) => registerRequestRoutes(app, { requests: runtime.requests, pool: runtime.pool, transcriptions: runtime.listening.pool, roster: runtime.roster, recent: runtime.recentRequests }),
    (app) => registerModelRoutes(app, { catalog: runtime.catalog, speech: config.speech, artefacts: () => listArtefacts(runtime) }),
    (app) => registerProviderRoutes(app, { ...runtime.providers, check: runtime.providers.watch.check, reset: runtime.providers.fallback.reset }),
    (app) => registerJobRoutes(app, { ...runtime.jobs, jobs: config.jobs, usage: runtime.usage }),
    (app) => registerSessionRoutes(app, conversing),
    (app) => registerRoseVoice(app, conversing),
    (app) => registerReplyAudio(app, conversing),
    (app) => registerRoseHealth(app, { version: health.version, services: createCompanionHealth(runtime, health.checks) }),
    (app) => registerWebSockets(app, { ...common, door: admitVisitor, needsKey, routes: [elevenLabsStreamInput(elevenLabs), elevenLabsMultiStreamInput(elevenLabs), listenRoute({ listen: runtime.listening.listen })] }),
    registerWhoami,
    (app) => registerUsageRoutes(app, { ledger: runtime.ledger, keys: runtime.keys, plans: config.plans, signals: runtime.signals, tightened: runtime.limits.tightened }),
    (app) => registerKeyRoutes(app, { keys: runtime.keys, nameOf, plans: Object.keys(config.plans), rotateGraceMs: config.access.rotateGraceHours * 3_600_000 }),
    (app) => registerOperationsRoutes(app, runtime.operations),
    (app) => registerCacheRoutes(app, { files: runtime.cacheFiles, cache: config.cache, lanes: runtime.metrics.lanes }),
    (app) => registerSwitchRoutes(app, { switches: runtime.switches, nameOf }),
    (app) => registerTicketRoute(app, { tickets }),
  ];
  const door = (lane?: LaneId) => createDoor({ keys: runtime.keys, tickets, needsKey, lane, plans: config.plans, onRefusal: (reason) => runtime.metrics.accessRefusals.inc({ reason }), onUse: runtime.keyUse.note });
  const laneApp = (lane: LaneId) => createApp({ ...common, door: door(lane), routes: [...api(door(lane)), (app) => registerHealthRoutes(app, health), (app) => registerLaneMetrics(app, { ...metricsRoute, lane, load: () => laneLoad(runtime, lane) })] });
  return {
    main: await createApp({ ...common, door: door(), routes: [...api(door()), (app) => registerHealthRoutes(app, health), (app) => registerMetricsRoute(app, metricsRoute), (app) => registerWebPage(app)] }),
    lanes: { priority: await laneApp('priority'), free: await laneApp('free') },
    health: await createApp({ ...common, door: door(), routes: [(app) => registerHealthRoutes(app, health)] }),
    metrics: await createApp({ ...common, door: door(), routes: [(app) => registerMetricsRoute(app, metricsRoute)] }),
  };
}

/** Errors: queue_full. */
function admit({ pool, listening }: Runtime, action: WorkAction, lane: LaneId): void {
  if (action === 'speech') pool.admit(lane);
  if (action === 'transcription') listening.pool.admit(lane);
}

function laneLoad({ pool, requests }: Runtime, lane: LaneId) {
  return { waiting: pool.waitingToBegin(lane), inFlight: requests.list().filter((one) => one.lane === lane).length };
}

/** Whether a provider may speak for what a client calls a model. */
function mayAskProviders({ config, providers: { roster, fallback } }: Runtime, model: string): boolean {
  const { members = fallback.chain('speech') } = chooseSpeechMembers({ model, config: config.speech, roster });
  return members.some((member) => member !== localMember);
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
async function readSlowGauges({ metrics, supervisor, jobs, companion, switches, cacheFiles }: Runtime): Promise<void> {
  metrics.cacheBytes.set(cacheFiles.bytes());
  await switches.report();
  const counts = await jobs.runner.countByState();
  for (const state of jobStates) metrics.jobs.set({ state }, counts[state] ?? 0);
  metrics.sessions.set(await companion.countSessions());
  reportGpus(metrics, await readGpus());
  await Promise.allSettled(supervisor.workers().map(async (worker) => {
    const state = worker.state();
    if (state.name === 'ready') metrics.workerMemory.set({ worker: worker.id }, (await state.client.capabilities()).rss_bytes);
  }));
}

