/** Entry of a worker process: told by its supervisor over IPC what to serve; leaves when the supervisor is gone. */
import { systemClock } from '../clock.ts';
import type { ProviderFallback } from '../engines/onnx-session.ts';
import { toAntiphonError } from '../errors.ts';
import { createLogger } from '../telemetry/logger.ts';
import { serveWorker, type LanguageHost, type RunningWorker, type SpeechHost } from './serve-worker.ts';
import { workerCommandSchema, type WorkerOptions, type WorkerReport } from './worker-options.ts';

const drainGraceMs = 20_000;
let worker: RunningWorker | undefined;

/**
 * The supervisor decides when to stop: a Ctrl-C, or a service manager's SIGTERM, reaches the whole process group, and
 * speech in flight may finish. Whoever wants this process alone to go ends its supervisor or sends SIGKILL.
 */
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  const command = workerCommandSchema.parse(message);
  if (command.type === 'worker.start') start(command.options).catch(reportFailure);
  else void leave(drainGraceMs);
});

async function start(options: WorkerOptions): Promise<void> {
  const log = createLogger({ level: options.logLevel, format: options.logFormat, output: process.stdout, base: { process: options.name } });
  const onProviderFallback = (event: ProviderFallback) => log.warn(event, 'execution provider fell back to cpu');
  const hosted = options.hosts === 'speech' ? { speech: await hostSpeech({ ...options, onProviderFallback }) } : { language: await hostLanguage({ ...options, onProviderFallback }) };
  worker = await serveWorker({ ...options, ...hosted, clock: systemClock, log, collectGarbage: () => { globalThis.gc?.(); } });
  report({ type: 'worker.ready', address: worker.address });
}

type EngineOptions = WorkerOptions & { readonly onProviderFallback: (event: ProviderFallback) => void };

async function hostSpeech(options: EngineOptions): Promise<SpeechHost> {
  const [{ createEngines }, { createListeningEngines }] = await Promise.all([import('../engines/create-engines.ts'), import('../engines/create-listening-engines.ts')]);
  return { engines: await createEngines(options), ...createListeningEngines(options) };
}

async function hostLanguage(options: EngineOptions): Promise<LanguageHost> {
  const { createLanguageEngines } = await import('../engines/create-language-engines.ts');
  return createLanguageEngines(options);
}

async function leave(graceMs: number): Promise<void> {
  await worker?.close(graceMs);
  process.exit(0);
}

function reportFailure(error: unknown): void {
  report({ type: 'worker.failed', message: toAntiphonError(error).message });
  process.exit(1);
}

function report(message: WorkerReport): void {
  process.send?.(message);
}
