/** Clients that leave and requests that are cancelled: the machine is free at once, and nothing of them stays. Needs Linux' /proc. */
import { openFileCount, residentBytes, workersOf } from '../support/processes.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longText, openSpeech, queueOf, speak, streamsOpen } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '2', ANTIPHON_LOG_LEVEL: 'debug' } });
});
afterAll(() => server.stop());

/** Steps that workers have run to their end or dropped, as their own log tells. */
function outcomesOf(outcome: string): number {
  return server.output().split('\n').filter((line) => line.includes('"msg":"synthesize"') && line.includes(`"outcome":"${outcome}"`)).length;
}

async function idle(): Promise<void> {
  await until('nothing is in flight', async () => {
    const { requests, waiting_sentences: waiting } = await queueOf(server.url);
    return requests.length === 0 && waiting === 0 && (await streamsOpen(server.url)) === 0;
  });
}

/** The same numbers on every run, so that a failure can be looked at again. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe('a client that leaves', () => {
  it.each(['audio', 'sse'])('frees its worker with most of the text unspoken: %s', async (streamFormat) => {
    const before = { done: outcomesOf('done'), cancelled: outcomesOf('cancelled') };
    const speech = openSpeech(server.url, { input: longText(60), stream_format: streamFormat });
    await speech.begun;
    expect(await streamsOpen(server.url)).toBeGreaterThan(0);
    speech.leave();
    await idle();
    await until('the workers dropped it', () => outcomesOf('cancelled') > before.cancelled);
    expect(outcomesOf('done') - before.done).toBeLessThan(30);
  });

  it('before the first sound is forgotten just as well', async () => {
    const many = Array.from({ length: 40 }, () => openSpeech(server.url, { input: longText(10) }));
    await until('they are in the queue', async () => (await queueOf(server.url)).requests.length === 40);
    for (const { leave } of many) leave();
    await idle();
    const next = await Promise.all(Array.from({ length: 4 }, async () => speak(server.url, { input: 'Free again.' })));
    expect(next.map(({ status, complete }) => ({ status, complete }))).toEqual(next.map(() => ({ status: 200, complete: true })));
  });
});

describe('a request that is cancelled by its id', () => {
  it('breaks off, leaves the list and its worker', async () => {
    const speech = openSpeech(server.url, { input: longText(60) }, { headers: { 'x-request-id': 'to-be-cancelled' } });
    await speech.begun;
    const answer = await fetch(`${server.url}/api/v1/requests/to-be-cancelled`, { method: 'DELETE' });
    expect(answer.status).toBe(202);
    expect(await speech.answer).toMatchObject({ status: 200, complete: false });
    await idle();
    expect((await fetch(`${server.url}/api/v1/requests/to-be-cancelled`, { method: 'DELETE' })).status).toBe(404);
  });

  it('tells a client of events why', async () => {
    const speech = openSpeech(server.url, { input: longText(60), stream_format: 'sse' }, { headers: { 'x-request-id': 'events-cancelled' } });
    await speech.begun;
    await fetch(`${server.url}/api/v1/requests/events-cancelled`, { method: 'DELETE' });
    const { bytes, complete } = await speech.answer;
    expect(complete).toBe(true);
    expect(JSON.parse(String(bytes).trimEnd().split('\n\n').at(-1)!.replace('data: ', ''))).toMatchObject({ type: 'error', error: { code: 'cancelled' } });
  });

  it('is answered with its code where nothing was sent yet', async () => {
    const others = Array.from({ length: 40 }, () => openSpeech(server.url, { input: longText(3) }));
    const late = openSpeech(server.url, { input: longText(3) }, { headers: { 'x-request-id': 'not-yet-begun' } });
    await until('it waits', async () => (await queueOf(server.url)).requests.some(({ id, phase }) => id === 'not-yet-begun' && phase === 'queued'));
    await fetch(`${server.url}/api/v1/requests/not-yet-begun`, { method: 'DELETE' });
    const { status, bytes } = await late.answer;
    expect(status).toBe(499);
    expect(JSON.parse(String(bytes))).toMatchObject({ error: { code: 'cancelled' } });
    for (const { leave } of others) leave();
    await idle();
  });
});

describe('a thousand clients that leave at any moment', () => {
  it('leave no request, no stream, no open file and no memory behind', async () => {
    const random = createRandom(20_250);
    const pids = [server.pid, ...workersOf(server.pid)];
    const memory = () => pids.reduce((sum, pid) => sum + residentBytes(pid), 0);

    async function leaveAtRandom(count: number): Promise<void> {
      const formats = ['pcm', 'mp3', 'opus', 'flac', 'wav', 'aac'];
      let left = count;
      await Promise.all(Array.from({ length: 25 }, async () => {
        while (left-- > 0) {
          const speech = openSpeech(server.url, { input: longText(1 + Math.floor(random() * 20)), response_format: formats[Math.floor(random() * 6)], model: random() < 0.7 ? 'piper' : 'flite', stream_format: random() < 0.2 ? 'sse' : 'audio' });
          if (random() < 0.3) await Promise.race([speech.begun.catch(() => undefined), new Promise((resolve) => { setTimeout(resolve, 300); })]);
          else await new Promise((resolve) => { setTimeout(resolve, random() * 40); });
          speech.leave();
        }
      }));
      await idle();
    }

    await leaveAtRandom(150);
    const before = { files: pids.map(openFileCount), memory: memory() };
    for (let batch = 0; batch < 4; batch++) await leaveAtRandom(250);
    const after = await until('files are closed', () => {
      const files = pids.map(openFileCount);
      return files.every((count, index) => count <= before.files[index]! + 5) && { files, memory: memory() };
    });
    expect(after.memory - before.memory).toBeLessThan(250e6);
    expect(workersOf(server.pid)).toEqual(pids.slice(1));
    expect(await speak(server.url, { input: 'As if nothing had happened.' })).toMatchObject({ status: 200, complete: true });
    expect(server.output()).not.toMatch(/"code":"(internal|engine_failed|encoding_failed)"|MaxListeners|Unhandled/);
    expect((await (await fetch(`${server.url}/metrics`)).text())).toContain('antiphon_requests_in_flight{kind="speech"} 0');
  });
});
