import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localModel } from '../conformance/local-model.ts';
import { vadFrameSamples } from '../kinds.ts';
import { createVoiceActivityThread } from './silero-thread.ts';
import { createSileroVad } from './silero-vad.ts';
import { fourSentences, speakSentences } from './spoken-samples.ts';

const silero = localModel({ folder: 'silero-vad', file: 'silero-vad-16k.onnx' });
const modelPath = join(silero.directory, 'silero-vad-16k.onnx');
const frame = new Float32Array(vadFrameSamples);

/** Real threads, of which the test keeps hold; a message `throw` makes one die as any fault in it would. */
function recordedThreads(): { readonly workers: Worker[]; readonly startWorker: (data: unknown) => Worker } {
  const workers: Worker[] = [];
  const entry = new URL('./silero-thread-entry.ts', import.meta.url).href;
  const source = `import(${JSON.stringify(entry)}).then(() => require('node:worker_threads').parentPort.on('message', ({ type }) => { if (type === 'throw') throw new Error('scripted'); }));`;
  return {
    workers,
    startWorker(data) {
      const worker = new Worker(source, { eval: true, workerData: data });
      workers.push(worker);
      return worker;
    },
  };
}

describe.skipIf(silero.missing)(`voice activity in a thread${silero.missing ? ` (${silero.missing})` : ''}`, () => {
  let samples: Float32Array;
  beforeAll(async () => {
    const spoken = await speakSentences({ sentences: fourSentences.slice(0, 2), gapSeconds: 0.5 });
    samples = spoken.samples.subarray(0, 200 * vadFrameSamples);
  });

  it('tells two streams at once exactly what the model tells each alone, and leaves the caller his samples', async () => {
    const model = await createSileroVad({ modelPath });
    const other = samples.toReversed();
    const alone = [await model.openStream().push(samples), await model.openStream().push(other)];
    await model.close();

    const thread = createVoiceActivityThread({ modelPath });
    const streams = [thread.openStream(), thread.openStream()] as const;
    const told = await Promise.all([samples, other].map(async (all, i) => {
      const parts: Promise<Float32Array>[] = [];
      for (let at = 0; at < all.length; at += 5 * vadFrameSamples) parts.push(streams[i]!.push(all.subarray(at, at + 5 * vadFrameSamples)));
      return (await Promise.all(parts)).flatMap((part) => [...part]);
    }));
    expect(told).toEqual(alone.map((part) => [...part]));
    expect(samples.length).toBe(200 * vadFrameSamples);
    await thread.close();
  });

  it('starts no thread before the first frames, and one for all streams', async () => {
    const { workers, startWorker } = recordedThreads();
    const thread = createVoiceActivityThread({ modelPath, startWorker });
    const [one, other] = [thread.openStream(), thread.openStream()];
    expect(workers).toHaveLength(0);
    await Promise.all([one.push(frame), other.push(frame)]);
    one.close();
    one.close();
    await expect(one.push(frame)).rejects.toMatchObject({ code: 'engine_failed' });
    await other.push(frame);
    expect(workers).toHaveLength(1);
    await thread.close();
  });

  it('lets its thread end when it is closed, whatever is still asked of it', async () => {
    const { workers, startWorker } = recordedThreads();
    const thread = createVoiceActivityThread({ modelPath, startWorker });
    const stream = thread.openStream();
    await stream.push(frame);
    const pending = expect(stream.push(new Float32Array(1000 * vadFrameSamples))).rejects.toMatchObject({ code: 'engine_failed' });
    await thread.close();
    await thread.close();
    await pending;
    expect(workers[0]!.threadId).toBe(-1);
    await expect(thread.openStream().push(frame)).rejects.toMatchObject({ code: 'engine_failed' });
    expect(workers).toHaveLength(1);
  });

  it('fails the streams of a thread that dies, and begins another for the next stream', async () => {
    const { workers, startWorker } = recordedThreads();
    const thread = createVoiceActivityThread({ modelPath, startWorker });
    const stream = thread.openStream();
    await stream.push(frame);
    const pending = expect(stream.push(new Float32Array(1000 * vadFrameSamples))).rejects.toMatchObject({ code: 'engine_failed' });
    workers[0]!.postMessage({ type: 'throw' });
    await pending;
    await expect(stream.push(frame)).rejects.toMatchObject({ code: 'engine_failed' });
    stream.close();
    expect(await thread.openStream().push(frame)).toHaveLength(1);
    expect(workers).toHaveLength(2);
    await thread.close();
  });

  it('lets the process exit in the middle of its work, with the code that was meant', async () => {
    const entry = fileURLToPath(new URL('./exiting-process.ts', import.meta.url));
    // Without the guard every second thread makes it an abort; there are three in each process.
    for (let turn = 0; turn < 2; turn++) {
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, modelPath], { stdio: 'ignore' });
      expect(await once(child, 'exit')).toEqual([7, null]);
    }
  });

  it('finds a model that was fetched after it had been asked for in vain', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'antiphon-silero-'));
    afterAll(() => rm(scratch, { recursive: true }));
    const later = join(scratch, 'later.onnx');
    const thread = createVoiceActivityThread({ modelPath: later });
    const stream = thread.openStream();
    await expect(stream.push(frame)).rejects.toMatchObject({ code: 'model_not_ready' });
    await copyFile(modelPath, later);
    expect(await stream.push(frame)).toHaveLength(1);
    await thread.close();
  });
});
