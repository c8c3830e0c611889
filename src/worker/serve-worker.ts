/** Builds a worker: engines, residency, scheduler, and the gRPC server with reflection and health. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Clock } from '../clock.ts';
import type { LoadedSpeechModel, LoadedTranscriptionModel, VoiceActivityModel } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createFollowSpeech } from './follow-speech.ts';
import { createMemoryBudget } from './memory-budget.ts';
import { packageDefinition, sttService, ttsService } from './protocol.ts';
import { createRecognisePiece } from './recognise-piece.ts';
import { createResidency } from './residency.ts';
import { createSpeaker } from './speak-session.ts';
import { createStepScheduler } from './step-scheduler.ts';
import { createSttService, type WorkerTranscriptionEngine } from './stt-service.ts';
import { createTtsService, type WorkerEngine } from './tts-service.ts';

export type ServeWorkerOptions = {
  /** `unix:/path`, or `host:port` (port 0: any free one). */
  readonly listen: string;
  readonly engines: readonly WorkerEngine[];
  readonly transcriptionEngines: readonly WorkerTranscriptionEngine[];
  /** Errors: model_not_ready. */
  readonly voiceActivity: () => Promise<VoiceActivityModel>;
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
/** As grpc.health.v1 names them; the empty name is the whole. */
const services = ['', 'tts.TTSService', 'stt.STTService'] as const;

/** Errors: address_in_use. */
export async function serveWorker({ listen, engines, transcriptionEngines, voiceActivity, residentBytes, maxSessions, clock, log, collectGarbage }: ServeWorkerOptions): Promise<RunningWorker> {
  const budget = createMemoryBudget(residentBytes);
  const afterLoad = collectGarbage ? { onLoaded: collectGarbage } : {};
  const residency = createResidency<LoadedSpeechModel>({ engines, budget, ...afterLoad });
  const listening = createResidency<LoadedTranscriptionModel>({ engines: transcriptionEngines, budget, ...afterLoad });
  const scheduler = createStepScheduler({ now: clock.now, breathe });
  const speak = createSpeaker({ residency, scheduler });
  const recognise = createRecognisePiece({ residency: listening, scheduler });
  const server = new Server({ 'grpc.max_concurrent_streams': maxSessions * 2 + 16, 'grpc.max_receive_message_length': 4 * 1024 * 1024 });
  server.addService(ttsService, createTtsService({ engines, residency, budget, speak, wake: scheduler.wake, maxSessions, maxCharactersPerCall, now: clock.now, log }));
  server.addService(sttService, createSttService({ engines: transcriptionEngines, residency: listening, recognise, follow: createFollowSpeech({ recognise, voiceActivity, clock }), now: clock.now, log }));
  const health = new HealthImplementation(Object.fromEntries(services.map((name) => [name, 'SERVING'])));
  health.addToServer(server);
  new ReflectionService(packageDefinition).addToServer(server);
  if (listen.startsWith('unix:')) await removeAbandonedSocket(listen.slice('unix:'.length));
  const port = await bind(server, listen);
  const address = listen.startsWith('unix:') ? listen : listen.replace(/:\d+$/, `:${port}`);
  log.debug({ address }, 'worker listens');

  let closing: Promise<void> | undefined;
  async function close(graceMs: number): Promise<void> {
    for (const name of services) health.setStatus(name, 'NOT_SERVING');
    const finished = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    const timeUp = new AbortController();
    await Promise.race([finished, clock.sleep(graceMs, timeUp.signal).catch(() => undefined)]);
    timeUp.abort();
    server.forceShutdown();
    await Promise.all([residency.close(), listening.close()]);
  }
  return { address, close: (graceMs) => (closing ??= close(graceMs)) };
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
