import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import { createHash } from 'node:crypto';
import Groq from 'groq-sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { runAntiphon } from '../support/run-antiphon.ts';
import { until } from '../support/until.ts';
import { freePort, spawnServer, startServer, type StartedServer } from '../support/start-server.ts';

let server: StartedServer;
let lanes: { readonly priority: number; readonly free: number };
const keys = { owner: '', operator: '', pro: '', free: '' };

const antiphon = async (...args: string[]): Promise<string> => {
  const { stdout, stderr, code } = await runAntiphon(args, { env: { ANTIPHON_DATA_DIR: server.dataDir } });
  if (code !== 0) throw new Error(stderr);
  return String(stdout).trim();
};

beforeAll(async () => {
  lanes = { priority: await freePort(), free: await freePort() };
  // Keys are needed once there is an owner's; the server that starts without one is another test's.
  server = await startServer({ env: { ANTIPHON_LANES_PRIORITY_PORT: String(lanes.priority), ANTIPHON_LANES_FREE_PORT: String(lanes.free), ANTIPHON_WORKERS_COUNT: '1' }, prepare: async (dataDir) => {
    const make = async (...args: string[]) => String((await runAntiphon(args, { env: { ANTIPHON_DATA_DIR: dataDir } })).stdout).trim();
    for (const [name, role] of [['me', 'owner'], ['op', 'operator'], ['anna', 'user']] as const) await make('users', 'create', name, '--role', role);
    keys.owner = await make('keys', 'create', '--user', 'me', '--plan', 'enterprise');
    keys.operator = await make('keys', 'create', '--user', 'op', '--plan', 'enterprise');
    keys.pro = await make('keys', 'create', '--user', 'anna', '--plan', 'pro');
    keys.free = await make('keys', 'create', '--user', 'anna', '--plan', 'free');
    return { ANTIPHON_ACCESS_REQUIRE_KEYS: 'always' };
  } });
}, 120_000);
afterAll(() => server?.stop());

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.url}${path}`, { headers });
const post = (path: string, body: object, headers: Record<string, string> = {}) => fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

const dialects: readonly (readonly [string, string, object, object, object])[] = [
  ['OpenAI', '/v1/audio/speech', { model: 'piper', input: 'Hello.' }, { error: { type: 'invalid_request_error', code: 'invalid_api_key', param: null } }, { error: { code: 'invalid_api_key' } }],
  ['Groq', '/openai/v1/audio/speech', { model: 'playai-tts', voice: 'alloy', input: 'Hello.' }, { error: { code: 'invalid_api_key' } }, { error: { code: 'invalid_api_key' } }],
  ['ElevenLabs', '/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM', { text: 'Hello.' }, { detail: { status: 'needs_authorization' } }, { detail: { status: 'invalid_api_key' } }],
  ['ODIADEV', '/tts', { text: 'Hello.' }, { detail: expect.stringContaining('X-API-Key') }, { detail: expect.stringContaining('not one of this server') }],
  ['AutoVoice', '/api/v1/synthesize', { text: 'Hello.' }, { error_code: 'key_missing' }, { error_code: 'key_refused' }],
  ['Rose', '/api/v1/voice/process', {}, { error: 'unauthorized' }, { error: 'forbidden' }],
];

describe('where keys are needed', () => {
  it.each(dialects)('%s\' clients get 401 without, and 403 with a wrong one, in their own words', async (_name, path, body, missing, wrong) => {
    const without = await post(path, body);
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="antiphon"']);
    expect(await without.json()).toMatchObject(missing);
    const refused = await post(path, body, { 'x-api-key': 'ant_wrong' });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject(wrong);
  });

  it.each([['x-api-key', (key: string) => key], ['authorization', (key: string) => `Bearer ${key}`], ['xi-api-key', (key: string) => key]])('a good one is taken as %s', async (header, write) => {
    expect(await (await get('/api/v1/me', { [header]: write(keys.pro) })).json()).toMatchObject({ role: 'user', plan: 'pro', lane: 'priority' });
  });

  it('the unmodified clients raise their own errors, and speak with a good key', async () => {
    const openai = (apiKey: string) => new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
    await expect(openai('ant_wrong').models.list()).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
    const speech = await openai(keys.pro).audio.speech.create({ model: 'piper', voice: 'alloy', input: 'Hello.' });
    expect((await speech.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
    await expect(new Groq({ baseURL: server.url, apiKey: 'ant_wrong', maxRetries: 0 }).models.list()).rejects.toBeInstanceOf(Groq.PermissionDeniedError);
    const elevenLabs = new ElevenLabsClient({ baseUrl: server.url, apiKey: 'ant_wrong', maxRetries: 0 });
    await expect(elevenLabs.models.list()).rejects.toMatchObject({ statusCode: 403, body: { detail: { status: 'invalid_api_key' } } });
  });

  it('a WebSocket is opened with a key only, in a header or the ways of browsers', async () => {
    const url = `${server.url.replace('http', 'ws')}/api/v1/listen?model=base`;
    const opening = (address: string, protocols: string[] = [], headers: Record<string, string> = {}) => new Promise<number>((resolve) => {
      const socket = new WebSocket(address, protocols, { headers });
      socket.on('open', () => { socket.terminate(); resolve(101); });
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('error', () => undefined);
    });
    expect(await Promise.all([opening(url), opening(url, [], { 'xi-api-key': 'ant_wrong' }), opening(url, [], { authorization: `Bearer ${keys.pro}` }), opening(`${url}&xi-api-key=${keys.pro}`), opening(url, ['realtime', `openai-insecure-api-key.${keys.pro}`])])).toEqual([401, 403, 101, 101, 101]);
  });

  it('a WebSocket of ElevenLabs\' is opened with a key in its address or its first message, and refused in its words', async () => {
    const url = `${server.url.replace('http', 'ws')}/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/stream-input?model_id=piper&output_format=pcm_16000`;
    const say = (address: string, first: object = {}) => new Promise<{ audio: number; said: unknown; code: number }>((resolve, reject) => {
      const socket = new WebSocket(address);
      let audio = 0;
      let said: unknown;
      socket.on('open', () => {
        socket.send(JSON.stringify({ text: ' ', ...first }));
        // Sent before it is known whether the key is good: none of it may be lost.
        socket.send(JSON.stringify({ text: 'Hello. ' }));
        socket.send(JSON.stringify({ text: '' }));
      });
      socket.on('message', (data: Buffer) => {
        said = JSON.parse(data.toString());
        audio += (said as { audio?: string | null }).audio?.length ?? 0;
      });
      socket.on('close', (code) => resolve({ audio, said, code }));
      socket.on('error', reject);
    });
    const spoken = { audio: expect.toSatisfy((length: number) => length > 1_000), code: 1000 };
    expect(await say(`${url}&xi-api-key=${keys.pro}`)).toMatchObject(spoken);
    expect(await say(`${url}&authorization=${encodeURIComponent(`Bearer ${keys.pro}`)}`)).toMatchObject(spoken);
    expect(await say(url, { xi_api_key: keys.pro })).toMatchObject(spoken);
    expect(await say(url, { 'xi-api-key': keys.pro })).toMatchObject(spoken);
    expect(await say(url, { xi_api_key: 'ant_wrong' })).toMatchObject({ audio: 0, code: 1008, said: { error: 'invalid_api_key' } });
    expect(await say(url)).toMatchObject({ audio: 0, code: 1008, said: { error: 'needs_authorization' } });
    const refused = await new Promise<{ status: number; body: unknown }>((resolve) => {
      const socket = new WebSocket(url, { headers: { 'xi-api-key': 'ant_wrong' } });
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_request, response) => void response.toArray().then((parts) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(parts).toString()) })));
    });
    expect(refused).toMatchObject({ status: 403, body: { detail: { status: 'invalid_api_key' } } });
  });

  it('the key that came as a subprotocol is never the one that the server chooses', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/listen`, [`openai-insecure-api-key.${keys.pro}`, 'realtime']);
    await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); });
    expect(socket.protocol).toBe('realtime');
    socket.terminate();
  });

  it('a ticket opens one address for its holder, as long as the key works', async () => {
    const key = await antiphon('keys', 'create', '--user', 'anna', '--plan', 'pro', '--label', 'ticket');
    const headers = { 'x-api-key': key };
    const { url } = await (await post('/api/v1/tickets', { path: '/api/v1/usage.csv' }, headers)).json() as { url: string };
    expect(url).toMatch(/^\/api\/v1\/usage\.csv\?ticket=[\w-]{32}$/);
    expect((await get('/api/v1/usage.csv')).status).toBe(401);
    expect((await get(url)).status).toBe(200);
    expect((await get(url.replace('usage.csv', 'usage'))).status).toBe(403);
    expect((await fetch(`${server.url}${url}`, { method: 'DELETE' })).status).toBe(405);
    expect((await post('/api/v1/tickets', { path: 'https://elsewhere/' }, headers)).status).toBe(400);
    const { keys: all } = JSON.parse(await antiphon('keys', 'list', '--json')) as { keys: { id: string; label: string }[] };
    await antiphon('keys', 'revoke', all.find(({ label }) => label === 'ticket')!.id);
    expect((await get(url)).status).toBe(403);
  });

  it('ElevenLabs\' clients are told the key\'s plan and what is left of it', async () => {
    const { user } = new ElevenLabsClient({ baseUrl: server.url, apiKey: keys.pro });
    expect(await user.subscription.get()).toMatchObject({ tier: 'pro', characterLimit: 50_000 });
    expect((await user.subscription.get()).characterCount).toBeGreaterThan(0);
  });

  it('health is for anybody, but not with a wrong key; the page\'s own files too', async () => {
    expect((await get('/health')).status).toBe(200);
    expect((await get('/')).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${lanes.priority}/health`, { headers: { 'X-API-Key': 'invalid-key' } })).status).toBe(403);
  });
});

describe('a plan', () => {
  it('says in which lane its keys are served, and which ports they may use', async () => {
    const who = (port: number, key: string) => fetch(`http://127.0.0.1:${port}/whoami`, { headers: { 'x-api-key': key } });
    expect(await (await get('/whoami', { 'x-api-key': keys.free })).json()).toEqual({ lane: 'free' });
    expect((await who(lanes.free, keys.free)).status).toBe(200);
    const refused = await who(lanes.priority, keys.free);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: 'forbidden', message: expect.stringContaining('free lane') } });
    expect(await (await who(lanes.free, keys.pro)).json()).toEqual({ lane: 'free' });
  });
});

describe('a role', () => {
  it.each([['pro', 403, 403], ['operator', 200, 403], ['owner', 200, 201]] as const)('of %s may do what it says', async (who, list, create) => {
    const headers = { 'x-api-key': keys[who] };
    expect((await get('/api/v1/keys', headers)).status).toBe(list);
    expect((await get('/metrics', headers)).status).toBe(list);
    expect((await post('/api/v1/users', { name: `made by ${who}` }, headers)).status).toBe(create);
  });
});

describe('an owner', () => {
  it('makes, rotates and revokes keys over the API, and sees them never again', async () => {
    const headers = { 'x-api-key': keys.owner };
    const made = await (await post('/api/v1/keys', { user: 'anna', plan: 'business', label: 'phone' }, headers)).json() as { id: string; key: string };
    expect((await get('/api/v1/me', { 'x-api-key': made.key })).status).toBe(200);
    const rotated = await (await post(`/api/v1/keys/${made.id}/rotate`, { grace_hours: 0 }, headers)).json() as { id: string; key: string };
    expect([(await get('/api/v1/me', { 'x-api-key': made.key })).status, (await get('/api/v1/me', { 'x-api-key': rotated.key })).status]).toEqual([403, 200]);
    const listed = await (await get('/api/v1/keys', headers)).text();
    expect(listed).toContain('"label":"phone"');
    expect(listed).not.toContain(rotated.key);
    expect((await fetch(`${server.url}/api/v1/keys/${rotated.id}`, { method: 'DELETE', headers })).status).toBe(200);
    expect((await get('/api/v1/me', { 'x-api-key': rotated.key })).status).toBe(403);
    expect((await post('/api/v1/keys', { user: 'anna', plan: 'gold' }, headers)).status).toBe(400);
  });

  it('revokes from the command line, and the very next request is refused', async () => {
    const key = await antiphon('keys', 'create', '--user', 'anna', '--plan', 'pro');
    expect((await get('/api/v1/me', { 'x-api-key': key })).status).toBe(200);
    const { keys: all } = JSON.parse(await antiphon('keys', 'list', '--json')) as { keys: { id: string }[] };
    await antiphon('keys', 'revoke', all[0]!.id);
    const refused = await get('/api/v1/me', { 'x-api-key': key });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { message: 'The API key was revoked.' } });
  });

  it('sees when a key was used last, once the server has written it', async () => {
    const used = () => antiphon('keys', 'list', '--json').then((text) => (JSON.parse(text) as { keys: { plan: string; last_used_at: string | null }[] }).keys.filter(({ last_used_at: at }) => at !== null).map(({ plan }) => plan));
    await get('/api/v1/me', { 'x-api-key': keys.free });
    await until('the last use is written', async () => (await used()).includes('free'));
  });

  it('finds no key, no digest of one and no text in what the server wrote down', async () => {
    await post('/v1/audio/speech', { model: 'nonsense', input: 'A very private sentence.' }, { 'x-api-key': keys.pro });
    await get(`/nowhere?api_key=${keys.pro}`);
    for (const key of Object.values(keys)) {
      expect(server.output()).not.toContain(key);
      expect(server.output()).not.toContain(createHash('sha256').update(key).digest('hex'));
    }
    expect(server.output()).not.toContain('private sentence');
  });
});

describe('a server that needs keys', () => {
  it('does not start while no owner has one, and says how to make one', async () => {
    const lonely = await spawnServer({ env: { ANTIPHON_ACCESS_REQUIRE_KEYS: 'always' } });
    expect((await lonely.ended).code).toBe(3);
    expect(lonely.output()).toMatch(/antiphon users create .* antiphon keys create/s);
    await lonely.stop();
  });
});
