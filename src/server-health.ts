/** What /health reports of a running server: workers, voices, listening, thinking, models, queue, execution providers, disk. */
import { statfs } from 'node:fs/promises';
import { isFitForCompanion } from './dispatch/language-models.ts';
import { toAntiphonError } from './errors.ts';
import { catalog as artefacts } from './models/catalog.ts';
import type { Prefetch } from './models/prefetch.ts';
import { checkProvider } from './provider-health.ts';
import type { Runtime } from './runtime.ts';
import { readGpus } from './telemetry/gpu.ts';
import type { ComponentHealth, HealthCheck } from './telemetry/health.ts';

const languageArtefacts = new Set(artefacts.filter(({ id, converses }) => converses !== undefined || id === 'all-minilm-l6-v2').map(({ id }) => id));
/** Under this a fetch, the database and the log may soon fail. */
const lowDiskBytes = 500_000_000;

export function createServerHealth(runtime: Runtime, prefetch: Prefetch): () => Readonly<Record<string, HealthCheck>> {
  const { config, catalog, pool, requests, supervisor, providers } = runtime;

  function workers(): ComponentHealth {
    const all = supervisor.workers();
    const ready = all.filter((worker) => worker.state().name === 'ready').length;
    const facts = { ready, total: all.length, restarts: all.reduce((sum, worker) => sum + worker.restarts(), 0), workers: all.map((worker) => ({ id: worker.id, state: worker.state().name, restarts: worker.restarts() })) };
    if (ready === all.length) return { status: 'pass', ...facts };
    return ready > 0
      ? { status: 'warn', message: `${all.length - ready} of ${all.length} workers are not ready.`, ...facts }
      : { status: 'fail', message: 'No worker is ready.', ...facts };
  }

  async function voices(): Promise<ComponentHealth> {
    const [models, unusable] = await Promise.all([catalog.models(), unusableVoices()]);
    const wanted = config.speech.models['tts-1'] ?? 'piper';
    const facts = { unusable, fast_engine: wanted, engines: [...new Set(models.map(({ engine }) => engine))], voices: models.reduce((sum, model) => sum + model.voices.length, 0) };
    if (models.length === 0) return { status: 'fail', message: 'No voice can speak yet.', ...facts };
    if (models.some(({ engine }) => engine === wanted)) return { status: 'pass', ...facts };
    const reason = prefetch.status().find(({ reason: why }) => why !== undefined)?.reason;
    return { status: 'warn', message: `The fast voice (${wanted}) is not here; the built-in voice speaks instead.${reason === undefined ? '' : ` ${reason}`}`, stand_in: 'flite', ...facts };
  }

  /** Files that were dropped in and cannot be used, each with its reason; empty while no worker can say. */
  async function unusableVoices(): Promise<readonly string[]> {
    const ready = supervisor.workers().map((worker) => worker.state()).find((state) => state.name === 'ready');
    if (!ready) return [];
    const { engines } = await ready.client.capabilities();
    return engines.flatMap(({ problems }) => problems);
  }

  async function listening(): Promise<ComponentHealth> {
    const [all, unusable] = await Promise.all([runtime.listening.catalog.models(), unusableHearing()]);
    const ids = all.map(({ modelId }) => modelId);
    const wanted = `whisper/${config.transcription.models['whisper-1'] ?? 'base'}`;
    const facts = { wanted, models: ids, unusable, waiting_pieces: runtime.listening.pool.waiting() };
    if (ids.includes(wanted)) return { status: 'pass', ...facts };
    // Who does not have it fetched does without.
    if (!config.models.prefetch.some((id) => id.startsWith('whisper-'))) return { status: 'pass', message: 'No model for listening is here, and none is to be fetched.', ...facts };
    return { status: 'warn', message: ids.length === 0 ? 'No model for listening is here yet.' : `${wanted} is not here yet; ${ids[0]} hears instead.`, ...facts };
  }

  async function unusableHearing(): Promise<readonly string[]> {
    const ready = supervisor.workers().map((worker) => worker.state()).find((state) => state.name === 'ready');
    return ready ? (await ready.client.listTranscriptionModels()).problems : [];
  }

  async function thinking(): Promise<ComponentHealth> {
    const { catalog: known, pool: chats, problems, worker } = runtime.language;
    const [all, unusable] = await Promise.all([known.models(), problems()]);
    const conversing = all.filter(({ kind }) => kind === 'chat');
    const facts = {
      models: all.map(({ modelId, loaded, ...model }) => ({ id: modelId, loaded, ...(model.kind === 'chat' ? { fit_for_companion: isFitForCompanion(model) } : {}) })),
      unusable, worker: worker.state().name, restarts: worker.restarts(), waiting: chats.waiting(),
    };
    // Who does not have one fetched does without.
    if (all.length === 0 && !config.models.prefetch.some((id) => languageArtefacts.has(id))) return { status: 'pass', message: 'No language model is here, and none is to be fetched.', ...facts };
    if (conversing.length === 0) return { status: 'warn', message: 'No language model to converse with is here.', ...facts };
    // It is what a fresh house has, and works as it should: no fault, but whoever talks to it should know.
    if (all.length > conversing.length && !conversing.some(isFitForCompanion)) return { status: 'pass', message: 'Only a small language model is here: it answers, but what it says is often wrong, and not good enough for a companion. `antiphon models list` shows larger ones and which fit into this machine\'s memory.', ...facts };
    return all.length > conversing.length ? { status: 'pass', ...facts } : { status: 'warn', message: 'The model for embeddings is not here.', ...facts };
  }

  function models(): ComponentHealth {
    const fetches = prefetch.status();
    const failed = fetches.filter(({ state }) => state === 'failed');
    const facts = { models_dir: config.modelsDir, offline: config.models.offline, fetches: fetches.map(({ artefactId, state, reason }) => ({ id: artefactId, state, reason: reason ?? null })) };
    if (failed.length === 0) return { status: 'pass', ...facts };
    return { status: 'warn', message: `${failed.map(({ artefactId }) => artefactId).join(', ')} could not be fetched; the next attempt is under way by itself.`, ...facts };
  }

  async function inference(): Promise<ComponentHealth> {
    const wanted = config.inference.executionProviders[0]!;
    const loaded = (await catalog.models()).filter(({ executionProvider }) => !['', 'wasm'].includes(executionProvider));
    const gpus = await readGpus();
    const facts = { wanted: config.inference.executionProviders, models: loaded.map(({ modelId, executionProvider }) => ({ id: modelId, provider: executionProvider })), gpus };
    const fellBack = loaded.filter(({ executionProvider }) => executionProvider !== wanted);
    return fellBack.length === 0
      ? { status: 'pass', ...facts }
      : { status: 'warn', message: `${wanted} could not be used; ${fellBack.map(({ modelId }) => modelId).join(', ')} runs on ${fellBack[0]!.executionProvider}.`, ...facts };
  }

  function queue(): ComponentHealth {
    const facts = { waiting_sentences: pool.waiting(), in_flight: requests.list().length };
    return pool.waiting() < config.workers.maxWaiting ? { status: 'pass', ...facts } : { status: 'warn', message: 'The queue is full; new requests get 429.', ...facts };
  }

  async function disk(): Promise<ComponentHealth> {
    const { bavail, bsize } = await statfs(config.dataDir);
    const facts = { data_dir: config.dataDir, free_bytes: bavail * bsize };
    return facts.free_bytes >= lowDiskBytes ? { status: 'pass', ...facts } : { status: 'warn', message: 'The disk of dataDir is nearly full.', ...facts };
  }

  async function jobs(): Promise<ComponentHealth> {
    const counts = await runtime.jobs.runner.countByState();
    const facts = { queued: counts['queued'] ?? 0, running: counts['running'] ?? 0, paused: counts['paused'] ?? 0, failed: counts['failed'] ?? 0 };
    const stopped = await runtime.jobs.runner.stoppedByFault();
    return stopped === 0 ? { status: 'pass', ...facts } : { status: 'warn', message: `${stopped} ${stopped === 1 ? 'job' : 'jobs'} stopped for want of room on the disk; make room and resume.`, ...facts };
  }

  /** What an operator has turned on purpose is no fault, but whoever looks for one must see it. */
  async function switches(): Promise<ComponentHealth> {
    const turned = (await runtime.switches.states()).filter(({ isUsual }) => !isUsual);
    const facts = { turned: turned.map(({ name, value, change }) => ({ name, value, since: change?.at ?? null, until: change?.expiresAt ?? null })) };
    return turned.length === 0 ? { status: 'pass', ...facts } : { status: 'warn', message: `Turned by an operator: ${turned.map(({ name, value }) => `${name} is ${value}`).join(', ')}.`, ...facts };
  }

  async function marks(): Promise<ComponentHealth> {
    const failed = await runtime.marks.check().then(() => undefined, (error: unknown) => toAntiphonError(error).message);
    return failed === undefined ? { status: 'pass' } : { status: 'warn', message: failed };
  }

  return () => ({ workers, voices, listening, thinking, models, inference, queue, jobs, disk, marks, switches, ...Object.fromEntries(providers.chained().map((id) => [`provider_${id}`, () => checkProvider(providers.reports, id)])) });
}
