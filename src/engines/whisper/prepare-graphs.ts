/** Sees to it that a model's graphs are there and current: once for all processes of this machine, in a thread of its own. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AntiphonError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { areWhisperGraphsCurrent } from '../../models/whisper/convert-whisper.ts';
import { acquireProcessLock } from '../../process-lock.ts';

/** What the thread is told to do. */
export type ConversionOrder = {
  /** With model.bin and config.json. */
  readonly folder: string;
  readonly target: string;
};

export type ConversionOutcome = { readonly failure?: { readonly code: ErrorCode; readonly message: string } };

/**
 * Gives the folder of the graphs of model `id`, which are written where they are missing, of an older converter, or made
 * of another model.bin. Errors: model_file_invalid, disk_full, model_not_ready (another process took the work away);
 * the signal's reason.
 */
export async function prepareGraphs({ folder, graphsDir, id }: { folder: string; graphsDir: string; id: string }, signal: AbortSignal): Promise<string> {
  const order: ConversionOrder = { folder, target: join(graphsDir, id) };
  if (await areWhisperGraphsCurrent(order)) return order.target;
  await mkdir(graphsDir, { recursive: true });
  const lock = await acquireProcessLock({ path: join(graphsDir, `${id}.lock`), signal });
  try {
    if (!(await areWhisperGraphsCurrent(order))) await convertInThread(order, AbortSignal.any([signal, lock.lost]));
    return order.target;
  } finally {
    await lock.release();
  }
}

async function convertInThread(order: ConversionOrder, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const thread = new Worker(new URL('./conversion-thread.ts', import.meta.url), { workerData: order, name: 'whisper-graphs' });
  // The thread ends at its next look at the signal, and clears away what it has written.
  const stop = (): void => thread.postMessage('stop');
  signal.addEventListener('abort', stop, { once: true });
  try {
    const outcome = await outcomeOf(thread);
    signal.throwIfAborted();
    if (outcome.failure !== undefined) throw new AntiphonError(outcome.failure.code, outcome.failure.message, { param: 'model' });
  } finally {
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
}

async function outcomeOf(thread: Worker): Promise<ConversionOutcome> {
  return await new Promise((resolve, reject) => {
    const fail = (cause?: unknown): void => reject(new AntiphonError('engine_failed', 'The thread that prepares the model died; its memory may not have sufficed.', { cause }));
    thread.once('message', resolve);
    thread.once('error', fail);
    thread.once('exit', () => fail());
  });
}
