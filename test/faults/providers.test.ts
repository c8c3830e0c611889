/** The real server before a provider that has a bad day, each kind of bad day by itself. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Misbehaviour } from '../support/misbehaving-provider.ts';
import { converse, flakyKey, kindOf, providerOf, startProviderServer, type ProviderServer } from '../support/provider-server.ts';
import { hearPcm } from '../support/hearing.ts';
import { healthOf, openSpeech, queueOf, speak } from '../support/speech-client.ts';
import { until } from '../support/until.ts';

let bench: ProviderServer;
let url: string;

beforeAll(async () => {
  bench = await startProviderServer();
  url = bench.server.url;
});
afterAll(() => bench.stop());
beforeEach(() => bench.reset());

const words = 'The provider answers in a few words.';

/** Twice, since a provider gets two attempts. */
const always = (behaviour: Misbehaviour): void => bench.flaky.otherwise(behaviour);

async function embed(): Promise<Response> {
  return fetch(`${url}/v1/embeddings`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'text-embedding-3-small', input: 'one' }) });
}

let recording: Blob | undefined;
/** Speech of this machine's own, a few seconds of it. */
async function transcribe(model = 'whisper-1'): Promise<Response> {
  recording ??= new Blob([new Uint8Array((await speak(url, { model: 'piper', input: 'Nobody came to the old house by the sea.', response_format: 'wav' })).bytes)]);
  const form = new FormData();
  form.set('file', recording, 'spoken.wav');
  form.set('model', model);
  return fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', body: form });
}

/** Nothing of an answer has come when these strike, so nobody may notice. */
const badDays: readonly (readonly [string, Misbehaviour])[] = [
  ['hangs before it says a word', { kind: 'hang_before_head' }],
  ['closes the connection', { kind: 'cut_before_head' }],
  ['fails with 500', { kind: 'status', status: 500 }],
  ['is overloaded with 503', { kind: 'status', status: 503 }],
  ['limits, and asks to wait longer than anybody would', { kind: 'limited', retryAfterSeconds: 500 }],
  ['has no quota left', { kind: 'limited', quota: true }],
  ['answers with a page for people', { kind: 'html' }],
  ['calls its answer something else', { kind: 'content_type', contentType: 'text/plain' }],
  ['answers with nothing', { kind: 'empty' }],
  ['sends a byte a second', { kind: 'drip', bytes: 1, intervalMs: 1_000 }],
  ['sends the asker elsewhere', { kind: 'redirect' }],
  ['refuses the key', { kind: 'key_refused' }],
  ['took the model away', { kind: 'status', status: 404, code: 'model_not_found', message: 'The model does not exist.' }],
];

describe('a provider that', () => {
  it.each(badDays)('%s is not noticed by who listens: this machine speaks', async (_, behaviour) => {
    // Raw sound may be called what it likes, and a byte of it is a byte of it.
    always(behaviour.kind === 'drip' ? { ...behaviour, latencyMs: 1_200 } : behaviour);
    const answer = await speak(url, { input: 'Nobody came.' });
    expect(answer).toMatchObject({ status: 200, complete: true, headers: { 'x-antiphon-provider': 'local', 'x-antiphon-engine': 'piper', 'x-antiphon-instead-of': 'flaky', 'x-antiphon-sample-rate': '24000' } });
    expect(hearPcm(answer.bytes).rms).toBeGreaterThan(0.02);
    expect(bench.flaky.elsewhere).toHaveLength(0);
  });

  it.each(badDays)('%s is not noticed by who converses: the next provider answers', async (_, behaviour) => {
    always(behaviour);
    const { status, text, headers } = await converse(url);
    expect([status, text]).toEqual([200, words]);
    expect([headers.get('x-antiphon-provider'), headers.get('x-antiphon-instead-of')]).toEqual(['steady', 'flaky']);
  });

  it.each(badDays.filter(([, { kind }]) => kind !== 'content_type'))('%s is not noticed by who is transcribed, nor by who embeds', async (_, behaviour) => {
    always(behaviour);
    const heard = await transcribe();
    expect(heard.headers.get('x-antiphon-provider')).toBe('steady');
    expect(heard.headers.get('x-antiphon-instead-of')).toBe('flaky');
    expect(await heard.json()).toMatchObject({ text: 'The provider heard these words.' });
    const embedded = await embed();
    expect([embedded.status, embedded.headers.get('x-antiphon-provider')]).toEqual([200, 'steady']);
  });

  it('limits for a moment is waited for', async () => {
    bench.flaky.script({ kind: 'limited', retryAfterSeconds: 1 });
    const { text, headers } = await converse(url);
    expect([text, headers.get('x-antiphon-provider'), headers.get('x-antiphon-instead-of')]).toEqual([words, 'flaky', null]);
    expect(bench.flaky.requests.filter(({ route }) => route === 'chat')).toHaveLength(2);
  });

  it('breaks off after the first sound is not replaced: the answer breaks off, and it counts', async () => {
    bench.flaky.content.speechSeconds = 4;
    bench.flaky.script({ kind: 'half_body', route: 'speech' });
    const before = await kindOf(url, 'flaky', 'speech');
    const answer = await speak(url, { input: 'Nobody came.' });
    expect(answer).toMatchObject({ status: 200, complete: false, headers: { 'x-antiphon-provider': 'flaky' } });
    expect(answer.bytes.length).toBeGreaterThan(0);
    expect(await kindOf(url, 'flaky', 'speech')).toMatchObject({ errors: before.errors + 1, consecutive_failures: 1, breaker: 'closed' });
    expect(bench.flaky.requests.filter(({ route }) => route === 'speech')).toHaveLength(1);
  });

  it('falls silent in mid-sentence ends the answer with its time-out', async () => {
    bench.flaky.content.speechSeconds = 4;
    bench.flaky.script({ kind: 'hang_in_body', route: 'speech' });
    expect(await speak(url, { input: 'Nobody came.' })).toMatchObject({ status: 200, complete: false });
    expect(await kindOf(url, 'flaky', 'speech')).toMatchObject({ last_error: { code: 'provider_timeout' } });
  });

  it('breaks off in mid-conversation is not replaced: what was said stands, and then the failure', async () => {
    bench.flaky.script({ kind: 'half_body', route: 'chat', framing: 'chunked' });
    const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content: 'Hello?' }] }) });
    expect([answer.status, answer.headers.get('x-antiphon-provider')]).toEqual([200, 'flaky']);
    const events = (await answer.text()).split('\n\n').filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)) as Record<string, unknown>);
    expect(events.at(-1)).toMatchObject({ error: { code: 'provider_unreachable' } });
    expect(bench.steady.requests.filter(({ route }) => route === 'chat')).toEqual([]);
    expect(await kindOf(url, 'flaky', 'chat')).toMatchObject({ consecutive_failures: 1 });
  });

  it('fails leaves the conversation to this machine where the chain says so', async () => {
    await fetch(`${url}/api/v1/chains/chat`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ members: ['flaky', 'local'] }) });
    always({ kind: 'key_refused' });
    const { status, text, headers } = await converse(url);
    expect([status, headers.get('x-antiphon-provider'), headers.get('x-antiphon-model'), headers.get('x-antiphon-instead-of')]).toEqual([200, 'local', 'llama/smollm2-135m-instruct', 'flaky']);
    expect(text.length).toBeGreaterThan(0);
    expect(bench.steady.requests).toEqual([]);
  });

  it('has its key revoked between two requests is passed over at once, and comes back when it takes it again', async () => {
    expect((await converse(url)).headers.get('x-antiphon-provider')).toBe('flaky');
    bench.flaky.acceptKeys(['another']);
    expect((await converse(url)).headers.get('x-antiphon-provider')).toBe('steady');
    const asked = bench.flaky.requests.length;
    expect((await converse(url)).headers.get('x-antiphon-provider')).toBe('steady');
    expect(bench.flaky.requests).toHaveLength(asked);
    bench.flaky.acceptKeys([flakyKey]);
    // A check that goes well lets the next request try.
    expect(await (await fetch(`${url}/api/v1/providers/flaky/test`, { method: 'POST' })).json()).toMatchObject({ check: { service: 'connected' } });
    expect((await converse(url)).headers.get('x-antiphon-provider')).toBe('flaky');
  });

  it('is left by a caller who leaves: its work ends, and nothing is held against it', async () => {
    always({ kind: 'hang_before_head' });
    await fetch(`${url}/api/v1/chains/speech`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ members: ['flaky'] }) });
    const speech = openSpeech(url, { input: 'Nobody came.' });
    await until('the provider was asked', () => bench.flaky.requests.some(({ route }) => route === 'speech'));
    speech.leave();
    expect(await bench.flaky.requests.find(({ route }) => route === 'speech')!.ended).toBe('left');
    await until('the queue is empty', async () => (await queueOf(url)).requests.length === 0);
    expect(await kindOf(url, 'flaky', 'speech')).toMatchObject({ consecutive_failures: 0 });
  });
});

describe('a chain that is down', () => {
  async function breakAll(): Promise<void> {
    bench.flaky.otherwise({ kind: 'key_refused' });
    bench.steady.otherwise({ kind: 'key_refused' });
    await fetch(`${url}/api/v1/chains/speech`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ members: ['flaky', 'steady'] }) });
    await converse(url);
    await speak(url, { input: 'Nobody came.' });
    await transcribe();
  }

  it('answers 503 at once, with a time to come back, in the words of each dialect', async () => {
    await breakAll();
    const asked = bench.flaky.requests.length + bench.steady.requests.length;
    for (const path of ['/v1/chat/completions', '/openai/v1/chat/completions']) {
      const { status, code, headers } = await converse(url, { path });
      expect([status, code, Number(headers.get('retry-after'))]).toEqual([503, 'provider_unavailable', expect.closeTo(300, -1)]);
    }
    const spoken = await speak(url, { input: 'Nobody came.' });
    expect(spoken).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } });
    expect(JSON.parse(String(spoken.bytes))).toMatchObject({ error: { code: 'provider_unavailable', message: expect.stringContaining('flaky, steady') } });
    const vendor = await fetch(`${url}/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'Nobody came.' }) });
    expect([vendor.status, vendor.headers.has('retry-after'), await vendor.json()]).toMatchObject([503, true, { detail: { type: 'service_unavailable', code: 'provider_unavailable' } }]);
    const odiadev = await fetch(`${url}/tts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'Nobody came.' }) });
    expect([odiadev.status, await odiadev.json()]).toMatchObject([503, { detail: expect.stringContaining('out of service') }]);
    const autovoice = await fetch(`${url}/api/v1/synthesize`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'Nobody came.' }) });
    expect([autovoice.status, await autovoice.json()]).toMatchObject([503, { error_code: 'provider_unavailable' }]);
    expect((await transcribe()).status).toBe(503);
    expect(bench.flaky.requests.length + bench.steady.requests.length).toBe(asked);
  });

  it('is seen: fail where nobody else serves, warn where somebody does', async () => {
    await breakAll();
    expect((await healthOf(url)).components['provider_flaky']).toMatchObject({ status: 'fail', breakers: { chat: 'open', speech: 'open' } });
    await fetch(`${url}/api/v1/providers/steady/reset`, { method: 'POST' });
    await fetch(`${url}/api/v1/chains/speech`, { method: 'DELETE' });
    bench.steady.otherwise({ kind: 'ok' });
    await fetch(`${url}/api/v1/providers/steady/test`, { method: 'POST' });
    expect((await healthOf(url)).components['provider_flaky']).toMatchObject({ status: 'warn', message: expect.stringContaining('Others in its chains serve') });
  });
});

describe('a provider that dies under load', () => {
  let own: ProviderServer;
  beforeAll(async () => {
    own = await startProviderServer({ env: { ANTIPHON_FAILOVER_OPEN_MS: '2000' } });
  });
  afterAll(() => own.stop());

  it('costs nobody who had not begun his answer; it is out of service within five failures, and one probe brings it back', async () => {
    const { server, flaky } = own;
    const ask = () => converse(server.url).then(({ status, headers }) => `${status} ${headers.get('x-antiphon-provider')}`);
    const asking: Promise<string>[] = [];
    let died: Promise<void> | undefined;
    let failuresAtOpening: number | undefined;
    // 20 a second.
    for (let i = 0; i < 50; i++) {
      if (i === 20) died = flaky.die();
      asking.push(ask());
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      if (i < 20 || failuresAtOpening !== undefined) continue;
      const { breaker, consecutive_failures: failures } = await kindOf(server.url, 'flaky', 'chat');
      if (breaker === 'open') failuresAtOpening = failures;
    }
    await died;
    const outcomes = await Promise.all(asking);
    expect(outcomes.filter((outcome) => !outcome.startsWith('200 '))).toEqual([]);
    expect(outcomes.slice(0, 18)).toEqual(Array.from({ length: 18 }, () => '200 flaky'));
    expect(failuresAtOpening).toBe(5);
    expect(outcomes.at(-1)).toBe('200 steady');

    await flaky.comeBack();
    flaky.otherwise({ kind: 'ok', latencyMs: 300 });
    await until('its time is over', async () => (await kindOf(server.url, 'flaky', 'chat')).breaker === 'half-open');
    const together = await Promise.all(Array.from({ length: 10 }, ask));
    expect(together.toSorted()).toEqual(['200 flaky', ...Array.from({ length: 9 }, () => '200 steady')]);
    expect(await kindOf(server.url, 'flaky', 'chat')).toMatchObject({ breaker: 'closed' });
    expect(await ask()).toBe('200 flaky');
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/antiphon_provider_breaker_state\{kind="chat",provider="flaky"\} 0\n/);
  });
});

describe('a provider that is well', () => {
  it('speaks at the rate that was asked for, with its own voice, a sentence a call', async () => {
    const answer = await speak(url, { input: 'One is here. Two are there. Three are gone.', voice: 'alloy', response_format: 'wav' });
    expect(answer).toMatchObject({ status: 200, complete: true, headers: { 'x-antiphon-provider': 'flaky', 'x-antiphon-engine': 'flaky', 'x-antiphon-voice': 'anna', 'x-antiphon-sample-rate': '24000' } });
    expect(answer.headers['x-antiphon-instead-of']).toBeUndefined();
    expect(bench.flaky.requests.filter(({ route }) => route === 'speech').map(({ json }) => [json['input'], json['voice'], json['model']])).toEqual([['One is here.', 'anna', 'speaks'], ['Two are there.', 'anna', 'speaks'], ['Three are gone.', 'anna', 'speaks']]);
    expect(await kindOf(url, 'flaky', 'speech')).toMatchObject({ cost: expect.closeTo(43 * 10 / 1e6, 9) });
  });

  it('is asked with the caller\'s own words for voice and model where he names it, and is never replaced', async () => {
    const answer = await speak(url, { model: 'flaky/other', voice: 'karl', input: 'Nobody came.' });
    expect(answer.headers).toMatchObject({ 'x-antiphon-provider': 'flaky', 'x-antiphon-voice': 'karl' });
    expect(bench.flaky.requests.at(-1)!.json).toMatchObject({ model: 'other', voice: 'karl' });
    always({ kind: 'status', status: 500 });
    expect(await speak(url, { model: 'flaky', input: 'Nobody came.' })).toMatchObject({ status: 502 });
  });

  it('is not asked for what an engine\'s own name says', async () => {
    expect((await speak(url, { model: 'piper', input: 'Nobody came.' })).headers).toMatchObject({ 'x-antiphon-provider': 'local' });
    expect((await speak(url, { model: 'local', input: 'Nobody came.' })).headers).toMatchObject({ 'x-antiphon-provider': 'local' });
    expect(bench.flaky.requests.filter(({ route }) => route === 'speech')).toEqual([]);
  });

  it('does what a new chain says from the next request on, and the old one again when that is taken away', async () => {
    const put = await fetch(`${url}/api/v1/chains/chat`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ members: ['steady', 'flaky'] }) });
    expect(await put.json()).toMatchObject({ kind: 'chat', members: ['steady', 'flaky'], configured: ['flaky', 'steady'], changed_at: expect.any(String) });
    expect((await converse(url)).headers.get('x-antiphon-provider')).toBe('steady');
    await fetch(`${url}/api/v1/chains/chat`, { method: 'DELETE' });
    expect((await converse(url)).headers.get('x-antiphon-provider')).toBe('flaky');
  });

  it('is refused in a chain of what it does not do, or where nobody of that name is', async () => {
    for (const [kind, members, message] of [['chat', ['grok'], 'no provider "grok"'], ['embeddings', ['groq'], 'groq does no embeddings'], ['chat', ['local', 'local'], 'twice']] as const) {
      const answer = await fetch(`${url}/api/v1/chains/${kind}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ members }) });
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param: 'members', message: expect.stringContaining(message) } }]);
    }
    expect((await fetch(`${url}/api/v1/chains/songs`, { method: 'DELETE' })).status).toBe(400);
    expect((await fetch(`${url}/api/v1/providers/grok/test`, { method: 'POST' })).status).toBe(404);
  });

  it('is tested on request, with a tiny call of each kind', async () => {
    const answer = await fetch(`${url}/api/v1/providers/flaky/test`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ kinds: true }) });
    expect(await answer.json()).toMatchObject({ id: 'flaky', check: { service: 'connected', models: 2 }, calls: ['speech', 'transcription', 'chat', 'embeddings'].map((kind) => ({ kind, ok: true, error: null })) });
    bench.flaky.otherwise({ kind: 'status', status: 500 });
    const failed = await fetch(`${url}/api/v1/providers/flaky/test`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ kinds: ['chat'] }) });
    expect(await failed.json()).toMatchObject({ check: { service: 'error', error: { code: 'provider_failed' } }, calls: [{ kind: 'chat', ok: false, error: { code: 'provider_failed' } }] });
    // Neither the test's failure nor its success is a request of somebody's.
    expect(await kindOf(url, 'flaky', 'chat')).toMatchObject({ breaker: 'closed', consecutive_failures: 0 });
  });

  it('is never told of with its key: not in the API, /health, /metrics, the log or an error', async () => {
    bench.flaky.acceptKeys(['another']);
    await speak(url, { input: 'Nobody came.' });
    const refused = await speak(url, { model: 'flaky', input: 'Nobody came.' });
    const texts = await Promise.all(['/api/v1/providers', '/health', '/metrics', '/api/v1/chains', '/api/v1/requests/recent', '/v1/models'].map(async (path) => (await fetch(`${url}${path}`)).text()));
    expect(bench.flaky.requests.some(({ key }) => key === flakyKey)).toBe(true);
    expect([...texts, String(refused.bytes), bench.server.output()].filter((text) => text.includes(flakyKey))).toEqual([]);
    const database = await readFile(`${bench.server.dataDir}/antiphon.db`);
    expect(database.includes(flakyKey)).toBe(false);
  });

  it('is listed with what it does, where it stands and how it is', async () => {
    await converse(url);
    await fetch(`${url}/api/v1/providers/flaky/test`, { method: 'POST' });
    expect(await providerOf(url, 'flaky')).toMatchObject({ status: 'pass', service: 'connected', key: { state: 'present' }, chains: ['speech', 'transcription', 'chat', 'embeddings'] });
    expect((await healthOf(url)).components['provider_flaky']).toMatchObject({ status: 'pass', service: 'connected' });
    expect((await healthOf(url)).components['provider_groq']).toBeUndefined();
    expect(await providerOf(url, 'groq')).toMatchObject({ service: 'unknown', chains: [], key: { state: 'missing' } });
  });
});
