/** The live switches through the doors that operators use, and what callers see of them. */
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { runAntiphon } from '../support/run-antiphon.ts';
import { freePort, startServer, type StartedServer } from '../support/start-server.ts';

let server: StartedServer;
let freeUrl: string;

beforeAll(async () => {
  const port = await freePort();
  freeUrl = `http://127.0.0.1:${port}`;
  server = await startServer({ env: { ANTIPHON_LANES_FREE_PORT: String(port), ANTIPHON_WORKERS_COUNT: '1', DISABLE_VOICE_CLONING: '1' } });
}, 120_000);
afterAll(() => server?.stop());

const antiphon = (...args: string[]) => runAntiphon(args, { env: { ANTIPHON_DATA_DIR: server.dataDir } });
const put = (name: string, body: object) => fetch(`${server.url}/api/v1/switches/${name}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const speak = (url: string, fields: object = {}) => fetch(`${url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'flite', input: 'Hello.', response_format: 'wav', ...fields }) });
const statusOf = async (answer: Promise<Response>) => (await answer).status;

describe('live switches', () => {
  it('what the environment says for the start is turned, and told with its reason', async () => {
    const { switches, history } = await (await fetch(`${server.url}/api/v1/switches`)).json() as { switches: { name: string; value: string }[]; history: object[] };
    expect(switches.find(({ name }) => name === 'cloning')).toMatchObject({ value: 'off', change: { who: 'start-up', why: 'DISABLE_VOICE_CLONING' } });
    expect(history).toHaveLength(1);
    const health = await (await fetch(`${server.url}/health`)).json() as { components: { switches: object } };
    expect(health.components.switches).toMatchObject({ status: 'warn', message: expect.stringContaining('cloning is off') });
    expect((await put('cloning', { value: 'on' })).status).toBe(200);
  });

  it('one command closes the free lane on the very next request, and opens it again', async () => {
    expect(await statusOf(speak(freeUrl))).toBe(200);
    const { stdout, code } = await antiphon('switch', 'free-lane', 'closed', '--why', 'p95 over 6 s', '--for', '30m');
    expect([code, String(stdout)]).toEqual([0, expect.stringMatching(/^free-lane +closed +since .* by command line: p95 over 6 s, until /)]);
    const refused = await speak(freeUrl);
    expect([refused.status, await refused.json()]).toEqual([503, { error: { message: 'The free lane is closed for now.', type: 'server_error', param: null, code: 'switched_off' } }]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1_700);
    expect(await statusOf(speak(server.url))).toBe(200);
    expect(await statusOf(fetch(`${freeUrl}/v1/models`))).toBe(200);
    await antiphon('switch', 'free-lane', 'open');
    expect(await statusOf(speak(freeUrl))).toBe(200);
  });

  it('new work is refused at every door while what has begun is finished', async () => {
    const begun = await speak(server.url, { input: 'One sentence after another. '.repeat(20) });
    await put('new-work', { value: 'refused', why: 'scaling down' });
    await expect(new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 }).audio.speech.create({ model: 'tts-1', voice: 'alloy', input: 'Hello.' })).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    const opened = await new Promise<number>((resolve) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/listen`);
      socket.on('open', () => { socket.terminate(); resolve(101); });
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('error', () => undefined);
    });
    expect(opened).toBe(503);
    expect((await begun.arrayBuffer()).byteLength).toBeGreaterThan(100_000);
    await put('new-work', { value: 'accepted' });
  });

  it('a read-only server keeps nothing new, speaks on, and can still be turned back', async () => {
    const keep = () => fetch(`${server.url}/api/v1/pronunciations`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ word: 'SQL', respelling: 'sequel' }) });
    await put('read-only', { value: 'on' });
    expect([(await keep()).status, await statusOf(speak(server.url))]).toEqual([503, 200]);
    await put('read-only', { value: 'off' });
    expect((await keep()).status).toBeLessThan(300);
  });

  it('the small model speaks for the fine one, says so, and leaves others alone', async () => {
    await put('small-model', { value: 'on' });
    const fine = await speak(server.url, { model: 'kokoro', voice: 'af_heart' });
    expect([fine.status, fine.headers.get('x-antiphon-engine')]).toEqual([200, 'piper']);
    expect((await speak(server.url)).headers.get('x-antiphon-engine')).toBe('flite');
    await put('small-model', { value: 'off' });
  });

  it('a throttled free lane takes a quarter of the requests', async () => {
    await put('free-lane', { value: 'throttled' });
    const answers = await Promise.all(Array.from({ length: 3 }, () => speak(freeUrl)));
    const policy = answers[0]!.headers.get('ratelimit-policy');
    expect(policy).toContain('q=7');
    await put('free-lane', { value: 'open' });
    expect((await speak(freeUrl)).headers.get('ratelimit-policy')).toContain('q=30');
  });

  it('refuses what is no switch or no value of it, naming the field', async () => {
    const unknown = await put('lane', { value: 'closed' });
    expect([unknown.status, await unknown.json()]).toEqual([404, { error: expect.objectContaining({ code: 'switch_unknown', param: 'name' }) }]);
    const wrong = await put('free-lane', { value: 'shut' });
    expect([wrong.status, await wrong.json()]).toEqual([400, { error: expect.objectContaining({ param: 'value', message: expect.stringContaining('throttled') }) }]);
    expect((await antiphon('switch', 'free-lane', 'closed', '--for', 'soon')).code).toBe(2);
  });

  it('/metrics has every switch', async () => {
    await put('small-model', { value: 'on', expires_in_seconds: 600 });
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/antiphon_switch\{name="small-model",value="on"\} 1/);
    expect(text).toMatch(/antiphon_switch\{name="free-lane",value="closed"\} 0/);
  });
});
