/**
 * Silero in a thread of its own, so that a recording of hours never holds up the server's event loop. The thread
 * begins with the first frames; one that dies takes its open streams with it, and the next stream begins another.
 */
import { Worker } from 'node:worker_threads';
import { AntiphonError } from '../../errors.ts';
import type { VoiceActivityModel } from '../kinds.ts';
import { createExitGuard, haltNativeCalls } from './exit-guard.ts';
import type { FromSileroThread, SileroThreadData, ToSileroThread } from './silero-thread-messages.ts';
import { requireWholeFrames, streamClosed } from './silero-vad.ts';

export type VoiceActivityThreadOptions = {
  /** `silero-vad-16k.onnx`; may be fetched later, it is looked for when the first frames come. */
  readonly modelPath: string;
  /** For tests, which end threads. Default: a real one. */
  readonly startWorker?: (data: SileroThreadData) => Worker;
};

type Call = { readonly resolve: (probabilities: Float32Array) => void; readonly reject: (error: unknown) => void };

type Thread = {
  readonly worker: Worker;
  readonly calls: Map<number, Call>;
  readonly ended: Promise<void>;
  isDead: boolean;
  lastId: number;
};

/** Errors of `push`: model_not_ready, model_file_invalid, engine_failed (also where the thread died or was closed). */
export function createVoiceActivityThread({ modelPath, startWorker = startSileroWorker }: VoiceActivityThreadOptions): VoiceActivityModel {
  let newest: Thread | undefined;
  let isClosed = false;

  function livingThread(): Thread {
    if (newest === undefined || newest.isDead) newest = startThread(modelPath, startWorker);
    return newest;
  }

  return {
    openStream() {
      let own: { readonly thread: Thread; readonly stream: number } | undefined;
      let isStreamClosed = false;
      return {
        async push(samples) {
          if (isClosed || isStreamClosed) throw streamClosed();
          requireWholeFrames(samples);
          if (own === undefined) {
            const thread = livingThread();
            own = { thread, stream: ++thread.lastId };
          }
          return askThread(own, samples);
        },
        close() {
          if (!isStreamClosed && own !== undefined) send(own.thread, { type: 'close_stream', stream: own.stream });
          isStreamClosed = true;
        },
      };
    },
    async close() {
      isClosed = true;
      if (newest === undefined) return;
      send(newest, { type: 'end' });
      await newest.ended;
    },
  };
}

function startSileroWorker(data: SileroThreadData): Worker {
  return new Worker(new URL('./silero-thread-entry.ts', import.meta.url), { workerData: data, name: 'silero-vad' });
}

function startThread(modelPath: string, startWorker: (data: SileroThreadData) => Worker): Thread {
  const guard = createExitGuard();
  const worker = startWorker({ modelPath, guard });
  const onProcessExit = () => haltNativeCalls(guard);
  process.once('exit', onProcessExit);
  let cause: unknown;
  const thread: Thread = {
    worker,
    calls: new Map(),
    isDead: false,
    lastId: 0,
    ended: new Promise((resolve) => {
      worker.once('exit', () => {
        process.off('exit', onProcessExit);
        thread.isDead = true;
        for (const { reject } of thread.calls.values()) reject(threadLost(cause));
        thread.calls.clear();
        resolve();
      });
    }),
  };
  worker.on('error', (error) => { cause = error; });
  worker.on('message', (message: FromSileroThread) => {
    const call = thread.calls.get(message.call);
    thread.calls.delete(message.call);
    if (message.type === 'told') call?.resolve(message.probabilities);
    else call?.reject(new AntiphonError(message.code, message.message));
  });
  return thread;
}

function askThread({ thread, stream }: { thread: Thread; stream: number }, samples: Float32Array): Promise<Float32Array> {
  if (thread.isDead) return Promise.reject(threadLost());
  return new Promise((resolve, reject) => {
    const call = ++thread.lastId;
    thread.calls.set(call, { resolve, reject });
    // A copy to hand over: the caller keeps his.
    send(thread, { type: 'push', stream, call, samples: samples.slice() });
  });
}

/** A thread that has ended hears nothing, and nothing has to be told to it. */
function send({ worker }: Thread, message: ToSileroThread): void {
  worker.postMessage(message, message.type === 'push' ? [message.samples.buffer] : []);
}

function threadLost(cause?: unknown): AntiphonError {
  return new AntiphonError('engine_failed', 'The thread that tells voice activity ended.', { cause });
}
