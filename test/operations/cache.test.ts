/** Kept sentences through the doors of callers and operators. */
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAntiphon } from '../support/run-antiphon.ts';
import { freePort, startServer, type StartedServer } from '../support/start-server.ts';

let dataDir: string;
let server: StartedServer;
let freeUrl: string;

const start = async () => {
  const port = await freePort();
  freeUrl = `http://127.0.0.1:${port}`;
  return startServer({ env: { ANTIPHON_CACHE_ENABLED: 'true', ANTIPHON_DATA_DIR: dataDir, ANTIPHON_LANES_FREE_PORT: String(port), ANTIPHON_WORKERS_COUNT: '1' } });
};
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'antiphon-cache-test-'));
  server = await start();
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const speak = async (fields: object = {}, url = server.url): Promise<Buffer> => {
  const answer = await fetch(`${url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'piper', input: 'The tide comes in twice a day.', response_format: 'pcm', ...fields }) });
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
};
const lookups = async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const of = (result: string) => [...text.matchAll(new RegExp(`antiphon_cache_lookups_total\\{lane="\\w+",result="${result}"\\} (\\d+)`, 'g'))].reduce((sum, [, count]) => sum + Number(count), 0);
  return { hit: of('hit'), miss: of('miss'), joined: of('joined') };
};
/** What is kept is on the disk a moment after it was heard. */
const kept = (entries: number) => expect.poll(async () => (await (await fetch(`${server.url}/api/v1/cache`)).json() as { entries: number }).entries).toBe(entries);
const rows = async () => {
  const csv = (await (await fetch(`${server.url}/api/v1/usage.csv`)).text()).trim().split('\n').map((line) => line.trim().split(','));
  return csv.slice(1).map((row) => Object.fromEntries(row.map((value, index) => [csv[0]![index]!, value])));
};

describe('a sentence that was spoken before', () => {
  it('sounds the same, is made by nobody, and the ledger says so', async () => {
    const made = await speak();
    await kept(1);
    expect((await speak()).equals(made)).toBe(true);
    expect(await lookups()).toEqual({ hit: 1, miss: 1, joined: 0 });
    const [first, second] = await rows();
    expect([Number(first!['cached_seconds']), Number(first!['compute_seconds']) > 0]).toEqual([0, true]);
    expect([second!['cached_seconds'] === second!['audio_seconds'], Number(second!['audio_seconds']) > 0, Number(second!['compute_seconds'])]).toEqual([false, true, 0]);
    expect(Number(second!['cached_seconds'])).toBeGreaterThan(1);
  });

  it('is found by the other lane, in another format, and inside a longer text', async () => {
    const before = await lookups();
    await speak({ response_format: 'mp3' }, freeUrl);
    await speak({ input: 'Nobody has said this. The tide comes in twice a day.' });
    expect(await lookups()).toEqual({ hit: before.hit + 2, miss: before.miss + 1, joined: 0 });
    const lane = await (await fetch(`${freeUrl}/metrics`)).json() as object;
    expect(lane).toMatchObject({ cache_hits: 1, cache_hit_rate: 1 });
  });

  it.each([{ speed: 1.2 }, { model: 'flite', voice: 'cmu_us_slt' }, { input: 'The tide comes in twice a day!' }])('is another one with %o', async (change) => {
    const before = await lookups();
    await speak(change);
    expect((await lookups()).hit).toBe(before.hit);
  });

  it('is another one with the caller\'s own pronunciation of a word in it', async () => {
    const before = await lookups();
    const spoken = await speak();
    await fetch(`${server.url}/api/v1/pronunciations`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ word: 'tide', respelling: 'current' }) });
    expect((await speak()).equals(spoken)).toBe(false);
    const { pronunciations } = await (await fetch(`${server.url}/api/v1/pronunciations`)).json() as { pronunciations: { id: string }[] };
    for (const { id } of pronunciations) await fetch(`${server.url}/api/v1/pronunciations/${id}`, { method: 'DELETE' });
    expect((await speak()).equals(spoken)).toBe(true);
    expect((await lookups()).hit).toBe(before.hit + 2);
  });

  it('keeps its words\' times', async () => {
    const client = new ElevenLabsClient({ baseUrl: server.url, apiKey: 'none' });
    const timed = () => client.textToSpeech.convertWithTimestamps('21m00Tcm4TlvDq8ikWAM', { text: 'A harbour and its boats.', modelId: 'piper', outputFormat: 'pcm_22050' });
    const made = await timed();
    await expect.poll(async () => (await fetch(`${server.url}/api/v1/cache`)).json()).toMatchObject({ voices: expect.arrayContaining([expect.objectContaining({ shelf: expect.stringContaining('piper') })]) });
    const before = await lookups();
    await expect.poll(async () => { await timed(); return (await lookups()).hit; }).toBeGreaterThan(before.hit);
    expect((await timed()).alignment).toEqual(made.alignment);
  });

  it('that ten ask for at once is made once', async () => {
    const before = await lookups();
    const all = await Promise.all(Array.from({ length: 10 }, () => speak({ input: 'Ten of you ask for the very same sentence at the very same moment.' })));
    expect(all.every((one) => one.equals(all[0]!))).toBe(true);
    const after = await lookups();
    expect(after.miss).toBe(before.miss + 1);
    expect(after.joined + after.hit).toBe(before.joined + before.hit + 9);
  });

  it('goes on for the others when he who asked first leaves', async () => {
    const input = 'Whoever asked for this one first has left before it was said, and nobody else is the worse for it.';
    const leaver = new AbortController();
    const left = fetch(`${server.url}/v1/audio/speech`, { method: 'POST', signal: leaver.signal, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'piper', input, response_format: 'pcm' }) }).catch(() => undefined);
    const second = speak({ input });
    setTimeout(() => leaver.abort(), 30);
    expect((await second).length).toBeGreaterThan(100_000);
    await left;
  });
});

describe('what is kept', () => {
  it('outlives a kill, and a damaged file is only made anew', async () => {
    const spoken = await speak();
    await expect.poll(async () => (await readdir(join(dataDir, 'cache'), { recursive: true })).filter((name) => name.endsWith('.part'))).toEqual([]);
    process.kill(-server.pid, 'SIGKILL');
    await server.ended;
    server = await start();
    expect((await speak()).equals(spoken)).toBe(true);
    expect(await lookups()).toEqual({ hit: 1, miss: 0, joined: 0 });
    for (const name of await readdir(join(dataDir, 'cache'), { recursive: true })) {
      if (!name.endsWith('.sentence')) continue;
      const path = join(dataDir, 'cache', name);
      await writeFile(path, (await readFile(path)).subarray(0, 900));
    }
    expect((await speak()).length).toBeGreaterThan(spoken.length * 0.8);
    expect(await lookups()).toEqual({ hit: 1, miss: 1, joined: 0 });
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/antiphon_cache_damaged_total 1/);
  }, 60_000);

  it('is told and removed by command and over HTTP, voice by voice', async () => {
    await fetch(`${server.url}/api/v1/cache`, { method: 'DELETE' });
    await kept(0);
    await speak();
    await speak({ model: 'flite', voice: 'cmu_us_slt' });
    await kept(2);
    const antiphon = async (...args: string[]) => String((await runAntiphon(['cache', ...args], { env: { ANTIPHON_DATA_DIR: dataDir } })).stdout);
    expect(await antiphon('stats')).toMatch(/^2 sentences, 0\.\d MB of at most 500\.0 MB\n(.*\n)* +flite@cmu_us_slt +1 /);
    expect(await antiphon('clear', '--voice', 'cmu_us_slt')).toMatch(/^1 sentences removed/);
    const before = await lookups();
    await speak({ model: 'flite', voice: 'cmu_us_slt' });
    expect((await lookups()).miss).toBe(before.miss + 1);
    await kept(2);
    expect(await (await fetch(`${server.url}/api/v1/cache?voice=cmu_us_slt`, { method: 'DELETE' })).json()).toMatchObject({ entries: 1 });
  });
});
