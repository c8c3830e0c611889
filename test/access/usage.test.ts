import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAntiphon } from '../support/run-antiphon.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';

let server: StartedServer;
const keys = { few: '', short: '', slow: '', me: '' };
beforeAll(async () => {
  server = await startServer({
    env: {
      ANTIPHON_WORKERS_COUNT: '1',
      ANTIPHON_PLANS: JSON.stringify({ few: { requestsPerDay: 3 }, short: { charactersPerMonth: 40 }, slow: { speechPerMinute: 2 } }),
    },
    prepare: async (dataDir) => {
      const env = { ANTIPHON_DATA_DIR: dataDir, ANTIPHON_PLANS: JSON.stringify({ few: {}, short: {}, slow: {} }) };
      const make = async (...args: string[]) => String((await runAntiphon(args, { env })).stdout).trim();
      await make('users', 'create', 'anna');
      await make('users', 'create', 'me', '--role', 'owner');
      for (const plan of ['few', 'short', 'slow'] as const) keys[plan] = await make('keys', 'create', '--user', 'anna', '--plan', plan);
      keys.me = await make('keys', 'create', '--user', 'me', '--plan', 'enterprise');
      return {};
    },
  });
}, 120_000);
afterAll(() => server?.stop());

const speak = async (key: string, input = 'Good morning.', path = '/v1/audio/speech', body: object = { model: 'piper', input }) => {
  const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': key }, body: JSON.stringify(body) });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};
const get = async (path: string, key: string) => (await fetch(`${server.url}${path}`, { headers: { 'x-api-key': key } })).json() as Promise<Record<string, unknown>>;

describe('a plan\'s quota', () => {
  it('of requests holds for many who come at once, and is told in the words of whoever asks', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => speak(keys.few)));
    expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(3);
    const refused = outcomes.find(({ status }) => status === 429)!;
    expect(JSON.parse(refused.text)).toMatchObject({ error: { type: 'insufficient_quota', code: 'insufficient_quota', message: expect.stringContaining('3 requests a day') } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.parse((await speak(keys.few, '', '/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM', { text: 'Hello.' })).text)).toMatchObject({ detail: { status: 'quota_exceeded' } });
    expect(JSON.parse((await speak(keys.few, '', '/tts', { text: 'Hello.' })).text)).toMatchObject({ detail: expect.stringContaining('3 requests a day') });
    expect(await get('/api/v1/usage', keys.few)).toMatchObject({ quota: { plan: 'few', requests_today: { used: 3, limit: 3 } }, totals: [{ action: 'speech', requests: 3, characters: 39 }] });
  });

  it('of characters counts what was spoken, and gives back what was not', async () => {
    expect((await speak(keys.short, 'Good morning to all.')).status).toBe(200);
    expect((await speak(keys.short, 'Good morning to all, and good luck.')).status).toBe(429);
    expect((await speak(keys.short, 'x', '/v1/audio/speech', { model: 'piper', voice: 'nobody', input: 'Good morning to all.' })).status).toBe(400);
    expect((await speak(keys.short, 'Good morning to you.')).status).toBe(200);
    expect(await get('/api/v1/usage', keys.short)).toMatchObject({ quota: { characters_this_month: { used: 40, limit: 40 } } });
  });
});

describe('a limit', () => {
  it('is told with every answer, and refuses with the time to wait', async () => {
    const first = await speak(keys.slow);
    expect([first.status, first.headers.get('ratelimit-policy'), first.headers.get('ratelimit'), first.headers.get('x-ratelimit-remaining-requests')]).toEqual([200, '"speech";q=2;w=60', '"speech";r=1;t=30', '1']);
    await speak(keys.slow);
    const refused = await speak(keys.slow);
    expect([refused.status, refused.headers.get('x-ratelimit-remaining-requests')]).toEqual([429, '0']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.parse(refused.text)).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: expect.stringContaining('2 requests for speech a minute') } });
  });

  it('that is passed ten times over tells the operator', async () => {
    for (let attempt = 0; attempt < 20; attempt++) await speak(keys.slow);
    expect(await get('/api/v1/signals', keys.me)).toMatchObject({ tightened: [expect.stringMatching(/^key_.* speech$/)], signals: [{ kind: 'raised', normal: 2 }] });
    expect(await get('/api/v1/signals', keys.slow)).toMatchObject({ error: { code: 'forbidden' } });
  });
});

describe('the ledger', () => {
  it('is exported with a row for every request, a user\'s own for him and all for the owner', async () => {
    const csv = async (key: string) => (await (await fetch(`${server.url}/api/v1/usage.csv`, { headers: { 'x-api-key': key } })).text()).trim().split('\r\n');
    expect((await csv(keys.few))[0]).toBe('seq,at,owner,key_id,request_id,action,lane,plan,engine,characters,audio_seconds,compute_seconds,outcome,cached_seconds');
    expect((await csv(keys.me)).length).toBe((await csv(keys.few)).length);
    const folder = await mkdtemp(join(tmpdir(), 'antiphon-csv-'));
    const { code } = await runAntiphon(['usage', '--csv', join(folder, 'usage.csv')], { env: { ANTIPHON_DATA_DIR: server.dataDir } });
    expect([code, (await readFile(join(folder, 'usage.csv'), 'utf8')).trim().split('\r\n')]).toEqual([0, await csv(keys.me)]);
    await rm(folder, { recursive: true });
  });

  it('tells what was computed, in the command line and in the summary', async () => {
    const { totals } = JSON.parse(String((await runAntiphon(['usage', '--json'], { env: { ANTIPHON_DATA_DIR: server.dataDir } })).stdout)) as { totals: { plan: string; compute_seconds: number; audio_seconds: number }[] };
    const few = totals.find(({ plan }) => plan === 'few')!;
    expect([few.compute_seconds > 0, few.audio_seconds > few.compute_seconds]).toEqual([true, true]);
    expect(await get('/api/v1/usage/summary', keys.me)).toMatchObject({ compute_hours: expect.any(Number), revenue_per_compute_hour: expect.any(Number), open_reservations: 0 });
  });
});
