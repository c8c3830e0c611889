/** Builds a worker: engines, residency, scheduler, and the gRPC server with reflection and health. */
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Clock } from '../clock.ts';
import type { EmbeddingEngine, LoadedChatModel, LoadedEmbeddingModel, LoadedSpeechModel, LoadedTranscriptionModel, VoiceActivityModel } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createFollowSpeech } from './follow-speech.ts';
import { createLlmService, type WorkerChatEngine } from './llm-service.ts';
import { createMemoryBudget, type MemoryBudget } from './memory-budget.ts';
import { llmService, packageDefinition, sttService, ttsService } from './protocol.ts';
import { createRecognisePiece } from './recognise-piece.ts';
import { createResidency } from './residency.ts';
import { createSpeaker } from './speak-session.ts';
import { createStepScheduler } from './step-scheduler.ts';
import { createSttService, type WorkerTranscriptionEngine } from './stt-service.ts';
import { createTtsService, type WorkerEngine } from './tts-service.ts';

/** What speaks and hears; both share a scheduler. */
export type SpeechHost = {
  readonly engines: readonly WorkerEngine[];
  readonly transcriptionEngines: readonly WorkerTranscriptionEngine[];
  /** Errors: model_not_ready. */
  readonly voiceActivity: () => Promise<VoiceActivityModel>;
};

/** What thinks. */
export type LanguageHost = { readonly chatEngines: readonly WorkerChatEngine[]; readonly embeddingEngines: readonly EmbeddingEngine[] };

export type ServeWorkerOptions = {
  /** `unix:/path`, or `host:port` (port 0: any free one). */
  readonly listen: string;
  /** Without it, no tts.TTSService and stt.STTService. */
  readonly speech?: SpeechHost;
  /** Without it, no llm.LLMService. */
  readonly language?: LanguageHost;
  readonly residentBytes: number;
  readonly maxSessions: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after a model was loaded, whose file passed through the heap: 100 MB that would else lie there for minutes. */
  readonly collectGarbage?: () => void;
};

export type RunningWorker = {
  /** Where a client connects. */
  readonly address: string;
  /** Refuses new calls, lets open ones finish within the time, frees the models. Idempotent. */
  readonly close: (graceMs: number) => Promise<void>;
};

/** The longest text one call may carry; a longer one belongs into several calls. */
const maxCharactersPerCall = 1_000_000;

/** One kind of work in a worker: its services by their gRPC names, and what it frees in the end. */
type Hosted = { readonly services: Readonly<Record<string, readonly [ServiceDefinition, UntypedServiceImplementation]>>; readonly close: () => Promise<void> };

type Common = Pick<ServeWorkerOptions, 'maxSessions' | 'clock' | 'log'> & { readonly budget: MemoryBudget; readonly afterLoad: { readonly onLoaded?: () => void } };

/** Errors: address_in_use. */
export async function serveWorker({ listen, speech, language, residentBytes, maxSessions, clock, log, collectGarbage }: ServeWorkerOptions): Promise<RunningWorker> {
  const common: Common = { budget: createMemoryBudget(residentBytes), afterLoad: collectGarbage ? { onLoaded: collectGarbage } : {}, maxSessions, clock, log };
  const hosted = [...(speech ? [hostSpeech(speech, common)] : []), ...(language ? [hostLanguage(language, common)] : [])];
  const services = Object.fromEntries(hosted.flatMap((one) => Object.entries(one.services)));
  const server = new Server({ 'grpc.max_concurrent_streams': maxSessions * 2 + 16, 'grpc.max_receive_message_length': 4 * 1024 * 1024 });
  for (const [definition, implementation] of Object.values(services)) server.addService(definition, implementation);
  // As grpc.health.v1 names them; the empty name is the whole.
  const names = ['', ...Object.keys(services)];
  const health = new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'SERVING'])));
  health.addToServer(server);
  new ReflectionService(packageDefinition, { services: Object.keys(services) }).addToServer(server);
  if (listen.startsWith('unix:')) await removeAbandonedSocket(listen.slice('unix:'.length));
  const port = await bind(server, listen);
  const address = listen.startsWith('unix:') ? listen : listen.replace(/:\d+$/, `:${port}`);
  log.debug({ address }, 'worker listens');

  let closing: Promise<void> | undefined;
  async function close(graceMs: number): Promise<void> {
    for (const name of names) health.setStatus(name, 'NOT_SERVING');
    const finished = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    const timeUp = new AbortController();
    await Promise.race([finished, clock.sleep(graceMs, timeUp.signal).catch(() => undefined)]);
    timeUp.abort();
    server.forceShutdown();
    await Promise.all(hosted.map((one) => one.close()));
  }
  return { address, close: (graceMs) => (closing ??= close(graceMs)) };
}

function hostSpeech({ engines, transcriptionEngines, voiceActivity }: SpeechHost, { budget, afterLoad, maxSessions, clock, log }: Common): Hosted {
  const residency = createResidency<LoadedSpeechModel>({ engines, budget, ...afterLoad });
  const listening = createResidency<LoadedTranscriptionModel>({ engines: transcriptionEngines, budget, ...afterLoad });
  const scheduler = createStepScheduler({ now: clock.now, breathe });
  const speak = createSpeaker({ residency, scheduler });
  const recognise = createRecognisePiece({ residency: listening, scheduler });
  return {
    services: {
      'tts.TTSService': [ttsService, createTtsService({ engines, residency, budget, speak, wake: scheduler.wake, maxSessions, maxCharactersPerCall, now: clock.now, log })],
      'stt.STTService': [sttService, createSttService({ engines: transcriptionEngines, residency: listening, recognise, follow: createFollowSpeech({ recognise, voiceActivity, clock }), now: clock.now, log })],
    },
    close: async () => void (await Promise.all([residency.close(), listening.close()])),
  };
}

/** llama.cpp computes in threads of its own, so its steps need no place in the scheduler's order. */
function hostLanguage({ chatEngines, embeddingEngines }: LanguageHost, { budget, afterLoad, clock, log }: Common): Hosted {
  const chatModels = createResidency<LoadedChatModel>({ engines: chatEngines, budget, ...afterLoad });
  const embeddingModels = createResidency<LoadedEmbeddingModel>({ engines: embeddingEngines, budget, ...afterLoad });
  return {
    services: { 'llm.LLMService': [llmService, createLlmService({ chatEngines, chatModels, embeddingModels, now: clock.now, log })] },
    close: async () => void (await Promise.all([chatModels.close(), embeddingModels.close()])),
  };
}

/** A worker that was killed leaves its socket behind; one that somebody answers on stays, and binding will fail. */
async function removeAbandonedSocket(path: string): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const probe = connect(path, () => { probe.destroy(); resolve(undefined); });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  if (code === 'ECONNREFUSED') await rm(path, { force: true });
}

function bind(server: Server, listen: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(listen, ServerCredentials.createInsecure(), (cause, port) => {
      if (cause) reject(new AntiphonError('address_in_use', `The worker cannot listen on ${listen}: the address is taken or not allowed.`, { param: 'listen', cause }));
      else resolve(port);
    });
  });
}

/** One turn of the event loop sends what was written and reads what came; the second lets its handlers run. */
async function breathe(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => setImmediate(resolve));
}
