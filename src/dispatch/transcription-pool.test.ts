import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import type { HeardSpeech } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { WorkerClient, WorkerTranscriptionRequest } from '../worker/client.ts';
import { createSpeechPool } from './speech-pool.ts';
import { createTranscriptionPool, type TranscriptionTask } from './transcription-pool.ts';
import { createWorkerRoster } from './worker-roster.ts';

const heard: HeardSpeech = { language: 'en', languageProbability: 1, segments: [] };

/** A worker that answers by hand. */
function scriptedWorker(id: string) {
  const calls: { request: WorkerTranscriptionRequest; answer: () => void; lose: () => void; fail: () => void }[] = [];
  const transcribe = (request: WorkerTranscriptionRequest, signal: AbortSignal) => new Promise<HeardSpeech>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    calls.push({
      request,
      answer: () => resolve(heard),
      lose: () => reject(new AntiphonError('worker_lost', 'gone')),
      fail: () => reject(new AntiphonError('engine_failed', 'broken')),
    });
  });
  const client = { transcribe } as Pick<WorkerClient, 'transcribe'> as WorkerClient;
  return { id, client: () => client, calls };
}

const lanes = { priority: { weight: 4, maxWaiting: 10, waitTimeoutMs: 30_000 }, free: { weight: 1, maxWaiting: 10, waitTimeoutMs: 30_000 } };

function setUp(workerCount: number, maxPiecesPerWorker = 4) {
  const clock = createVirtualClock();
  const workers = Array.from({ length: workerCount }, (_, index) => scriptedWorker(`worker-${index}`));
  const roster = createWorkerRoster({ workers: () => workers, clock });
  const limits = { maxWaiting: 10, waitTimeoutMs: 30_000, clock, metrics: createMetrics() };
  const pool = createTranscriptionPool({ lanes, roster, maxPiecesPerWorker, ...limits });
  const speech = createSpeechPool({ lanes, roster, maxStreamsPerWorker: 4, ...limits });
  const ask = (name: string, delayMs = 0, rest: Partial<TranscriptionTask> = {}, signal = new AbortController().signal) => {
    const done = pool.transcribe({ asker: { lane: 'priority', name: 'somebody' }, modelId: 'whisper/base', samples: new Float32Array(1), task: 'transcribe', words: false, prompt: name, answerDelayMs: () => delayMs, ...rest }, signal);
    done.catch(() => undefined);
    return done;
  };
  const asked = () => workers.map(({ calls }) => calls.map(({ request }) => request.prompt));
  return { clock, workers, pool, speech, ask, asked };
}

describe('transcription pool', () => {
  it('gives pieces to the least busy worker, and a waiting sentence before a lecture', async () => {
    const { workers, ask, asked } = setUp(2, 1);
    void ask('lecture 1', 60_000);
    void ask('lecture 2', 60_000);
    await settle();
    void ask('lecture 3', 60_000);
    void ask('sentence', 1_000);
    await settle();
    expect(asked()).toEqual([['lecture 1'], ['lecture 2']]);
    workers[1]!.calls[0]!.answer();
    await settle();
    expect(asked()).toEqual([['lecture 1'], ['lecture 2', 'sentence']]);
  });

  it('has a piece heard by another worker when its own dies', async () => {
    const { workers, ask } = setUp(2);
    const done = ask('piece');
    await settle();
    const [first, second] = workers[0]!.calls.length === 1 ? [workers[0]!, workers[1]!] : [workers[1]!, workers[0]!];
    first.calls[0]!.lose();
    await settle();
    second.calls[0]!.answer();
    expect(await done).toEqual(heard);
    expect(first.calls).toHaveLength(1);
  });

  it('gives up on a piece that three workers died of, and at once on one that the engine refuses', async () => {
    const { clock, workers, ask } = setUp(1);
    const deadly = ask('deadly');
    for (let attempt = 0; attempt < 3; attempt++) {
      await clock.advance(3_000);
      workers[0]!.calls.at(-1)!.lose();
    }
    await expect(deadly).rejects.toMatchObject({ code: 'worker_lost' });
    await clock.advance(3_000);
    const refused = ask('refused');
    await settle();
    workers[0]!.calls.at(-1)!.fail();
    await expect(refused).rejects.toMatchObject({ code: 'engine_failed' });
    expect(workers[0]!.calls).toHaveLength(4);
  });

  it('waits as long as it is told to, the others not', async () => {
    const { clock, ask } = setUp(0);
    const [impatient, patient] = [ask('a'), ask('b', 0, { patienceMs: 3_600_000 })];
    let patientEnded = false;
    patient.catch(() => { patientEnded = true; });
    await clock.advance(30_000);
    await expect(impatient).rejects.toMatchObject({ code: 'worker_unavailable' });
    expect(patientEnded).toBe(false);
    await clock.advance(3_600_000);
    await expect(patient).rejects.toMatchObject({ code: 'worker_unavailable' });
  });

  it('leaves places for speech, whose work it counts when it looks for the least busy', async () => {
    const { workers, speech, ask, asked } = setUp(2, 1);
    Object.assign(workers[0]!.client(), { synthesise: () => (async function* () { await new Promise(() => undefined); yield undefined; })() });
    Object.assign(workers[1]!.client(), { synthesise: workers[0]!.client().synthesise });
    const stop = new AbortController();
    const speaking = speech.synthesise({ asker: { lane: 'priority', name: 'somebody' }, opens: true, modelId: 'kokoro', voice: 'v', text: 't', speed: 1, playoutDelayMs: () => 0 }, stop.signal);
    speaking.next().catch(() => undefined);
    await settle();
    void ask('one');
    await settle();
    expect(asked()).toEqual([[], ['one']]);
    void ask('two');
    await settle();
    expect(asked()).toEqual([['two'], ['one']]);
  });
});
