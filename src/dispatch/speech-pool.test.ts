import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import type { PcmChunk } from '../audio/pcm.ts';
import { AntiphonError } from '../errors.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { WorkerClient, WorkerSpeechRequest } from '../worker/client.ts';
import type { Lanes } from './lanes.ts';
import { createSpeechPool, type SpeechPool, type SpeechTask } from './speech-pool.ts';
import { createWorkerRoster } from './worker-roster.ts';

const chunk: PcmChunk = { samples: new Float32Array(2_400), sampleRateHz: 24_000 };

/** Room for whatever the pool itself allows. */
const lanes = { priority: { weight: 4, maxWaiting: 10, waitTimeoutMs: 30_000 }, free: { weight: 1, maxWaiting: 10, waitTimeoutMs: 30_000 } };

/** A worker whose streams are moved by hand; what is not scripted here is not called by the pool. */
function scriptedWorker(id: string) {
  const streams: { request: WorkerSpeechRequest; give: () => void; end: () => void; lose: () => void }[] = [];
  let serving = true;
  async function* synthesise(request: WorkerSpeechRequest, signal: AbortSignal): AsyncGenerator<PcmChunk> {
    signal.throwIfAborted();
    let next = Promise.withResolvers<PcmChunk | undefined>();
    streams.push({
      request,
      give: () => next.resolve(chunk),
      end: () => next.resolve(undefined),
      lose: () => next.reject(new AntiphonError('worker_lost', 'gone')),
    });
    signal.addEventListener('abort', () => next.reject(signal.reason), { once: true });
    for (;;) {
      const given = await next.promise;
      if (!given) return;
      next = Promise.withResolvers();
      yield given;
    }
  }
  const client = { synthesise } as Pick<WorkerClient, 'synthesise'> as WorkerClient;
  return { id, client: () => (serving ? client : undefined), streams, stop: () => { serving = false; } };
}

function setUp(workerCount: number, limits: { maxStreamsPerWorker?: number; maxWaiting?: number; lanes?: Lanes } = {}) {
  const clock = createVirtualClock();
  const workers = Array.from({ length: workerCount }, (_, index) => scriptedWorker(`worker-${index}`));
  const pool = createSpeechPool({ lanes, roster: createWorkerRoster({ workers: () => workers, clock }), maxStreamsPerWorker: 4, maxWaiting: 10, waitTimeoutMs: 30_000, clock, metrics: createMetrics(), ...limits });
  return { clock, workers, pool };
}

function task(text: string, delayMs = 0, asker: SpeechTask['asker'] = { lane: 'priority', name: 'somebody' }): SpeechTask {
  return { asker, opens: delayMs === 0, modelId: 'kokoro', voice: 'af_heart', text, speed: 1, playoutDelayMs: () => delayMs };
}

/** Reads a sentence to its end in the background. */
function listen(pool: SpeechPool, sentence: SpeechTask, signal = new AbortController().signal) {
  const heard: PcmChunk[] = [];
  const done = (async () => {
    for await (const part of pool.synthesise(sentence, signal)) heard.push(part);
  })();
  done.catch(() => undefined);
  return { heard, done };
}

describe('speech pool', () => {
  it('gives work to the least busy worker', async () => {
    const { pool, workers } = setUp(2);
    for (const text of ['a', 'b', 'c', 'd']) listen(pool, task(text));
    await settle();
    expect(workers.map(({ streams }) => streams.length)).toEqual([2, 2]);
  });

  it('lets whoever is needed first go first when a place becomes free', async () => {
    const { pool, workers } = setUp(1, { maxStreamsPerWorker: 1 });
    listen(pool, task('speaking'));
    await settle();
    listen(pool, task('later', 5_000));
    listen(pool, task('now'));
    await settle();
    expect(pool.waiting()).toBe(2);
    workers[0]!.streams[0]!.end();
    await settle();
    expect(workers[0]!.streams.at(-1)!.request.text).toBe('now');
  });

  it('passes pitch and pronunciations on', async () => {
    const { pool, workers } = setUp(1);
    const pronunciations = [{ start: 0, end: 1, ipa: 'a' }];
    listen(pool, { ...task('x'), pitchSemitones: 2, pronunciations });
    await settle();
    expect(workers[0]!.streams[0]!.request).toMatchObject({ text: 'x', pitchSemitones: 2, pronunciations });
  });

  it('begins a sentence anew on another worker when its worker dies before the first sound', async () => {
    const { pool, workers } = setUp(2);
    const { heard, done } = listen(pool, task('hello'));
    await settle();
    const [first, second] = workers[0]!.streams.length === 1 ? [workers[0]!, workers[1]!] : [workers[1]!, workers[0]!];
    first.streams[0]!.lose();
    await settle();
    second.streams[0]!.give();
    await settle();
    second.streams[0]!.end();
    await done;
    expect(heard).toHaveLength(1);
  });

  it('gives the loss to the caller once he has heard something', async () => {
    const { pool, workers } = setUp(1);
    const { heard, done } = listen(pool, task('hello'));
    await settle();
    workers[0]!.streams[0]!.give();
    await settle();
    workers[0]!.streams[0]!.lose();
    await expect(done).rejects.toMatchObject({ code: 'worker_lost' });
    expect(heard).toHaveLength(1);
    expect(workers[0]!.streams).toHaveLength(1);
  });

  it('frees the place of a caller who leaves, waiting or speaking', async () => {
    const { pool, workers } = setUp(1, { maxStreamsPerWorker: 1 });
    const leaving = new AbortController();
    const speaking = listen(pool, task('speaking'), leaving.signal);
    await settle();
    const waiting = listen(pool, task('waiting'), leaving.signal);
    listen(pool, task('patient'));
    await settle();
    leaving.abort(new AntiphonError('cancelled', 'left'));
    await expect(speaking.done).rejects.toMatchObject({ code: 'cancelled' });
    await expect(waiting.done).rejects.toMatchObject({ code: 'cancelled' });
    await settle();
    expect(workers[0]!.streams.map(({ request }) => request.text)).toEqual(['speaking', 'patient']);
  });

  it('refuses new requests when the queue is at its bound', async () => {
    const { pool } = setUp(1, { maxStreamsPerWorker: 1, maxWaiting: 2 });
    for (const text of ['speaking', 'first', 'second']) listen(pool, task(text));
    await settle();
    expect(() => pool.admit('priority')).toThrow(expect.objectContaining({ code: 'queue_full', retryAfterSeconds: 1 }));
  });

  it('gives up on a sentence that no worker could take in time', async () => {
    const { pool, workers, clock } = setUp(1);
    workers[0]!.stop();
    const { done } = listen(pool, task('hello'));
    await clock.advance(30_000);
    await expect(done).rejects.toMatchObject({ code: 'worker_unavailable' });
    expect(pool.waiting()).toBe(0);
  });

  describe('with two lanes', () => {
    const free = { lane: 'free', name: 'free' } as const;
    const full = { priority: { weight: 4, maxWaiting: 2, waitTimeoutMs: 30_000 }, free: { weight: 1, maxWaiting: 2, waitTimeoutMs: 5_000, placesShare: () => 0.5 } };

    it('keeps places that the free lane does not get, and tells the worker what a lane is worth', async () => {
      const { pool, workers } = setUp(1, { lanes: full });
      for (const text of ['one', 'two', 'three']) listen(pool, task(text, 0, free));
      listen(pool, task('priority'));
      await settle();
      expect(workers[0]!.streams.map(({ request }) => [request.text, request.laneWeight])).toEqual([['one', 1], ['two', 1], ['priority', 4]]);
    });

    it('refuses a lane that is full, and says when to come again, while the other takes more', async () => {
      const { pool } = setUp(1, { maxStreamsPerWorker: 1, lanes: full });
      for (const text of ['speaks', 'waits', 'waits too']) listen(pool, task(text, 0, free));
      await settle();
      expect(pool.waitingToBegin('free')).toBe(2);
      expect(() => pool.admit('free')).toThrow(expect.objectContaining({ code: 'queue_full', message: expect.stringContaining('lanes.free.maxWaiting'), retryAfterSeconds: 1 }));
      expect(() => pool.admit('priority')).not.toThrow();
    });

    it('gives up on who could not begin in the lane\'s time, not on who has begun', async () => {
      const { pool, clock } = setUp(1, { maxStreamsPerWorker: 1, lanes: full });
      listen(pool, task('speaks', 0, free));
      await settle();
      const [begins, goesOn] = [listen(pool, task('begins', 0, free)), listen(pool, task('goes on', 1_000, free))];
      await clock.advance(5_000);
      await expect(begins.done).rejects.toMatchObject({ code: 'queue_full' });
      await settle();
      expect(pool.waiting()).toBe(1);
      await clock.advance(25_000);
      await expect(goesOn.done).rejects.toMatchObject({ code: 'queue_full' });
    });
  });
});
