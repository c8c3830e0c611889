/** Rose's API on the wire: what its clients send and read, and what its operators look at. */
import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AntiphonError } from '../../src/errors.ts';
import { readEvents, startSession, turnForm, type WireEvent } from '../support/turn-client.ts';
import { until } from '../support/until.ts';
import { startCompanionApp, type CompanionApp } from './companion-app.ts';

let app: CompanionApp;
let sessionId: string;
const recording = Buffer.from('a recording');
const never = new Promise<void>(() => undefined);

beforeAll(async () => { app = await startCompanionApp(); });
afterAll(() => app.close());
beforeEach(async () => {
  app.room.model.say({ pieces: ['I hear', ' you. Tell me', ' more.'] });
  app.room.hear('I feel fine.');
  sessionId = await startSession(app.url);
});

type Given = { readonly fields?: Readonly<Record<string, string>>; readonly audio?: Uint8Array; readonly headers?: Record<string, string>; readonly signal?: AbortSignal; readonly path?: string };

function process({ fields = { session_id: sessionId }, audio = recording, headers = {}, signal, path = '/api/v1/voice/process' }: Given = {}): Promise<Response> {
  return fetch(`${app.url}${path}`, { method: 'POST', body: turnForm(audio, fields), headers, ...(signal === undefined ? {} : { signal }) });
}

/** Reads no further than that. */
async function firstOf(events: AsyncGenerator<WireEvent>, name: string): Promise<WireEvent> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error(`There was no event "${name}".`);
    if (value.event === name) return value;
  }
}

describe('a session', () => {
  it.each([
    ['without a body', {}],
    ['with the type of a body and none', { headers: { 'content-type': 'application/json' } }],
    ['with a body', { headers: { 'content-type': 'application/json' }, body: '{}' }],
  ])('is started %s', async (_name, init) => {
    for (const path of ['/api/v1/session/start', '/api/session/start']) {
      const answer = await fetch(`${app.url}${path}`, { method: 'POST', ...init });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ session_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/), message: expect.any(String) });
    }
  });
});

describe('a spoken turn', () => {
  it('is answered with the text, where its sound is, and how long each stage took', async () => {
    const answer = await process();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
    const body = (await answer.json()) as Record<string, unknown>;
    expect(body).toMatchObject({ text: 'I hear you. Tell me more.', audio_url: expect.stringMatching(/^\/api\/v1\/voice\/audio\/[0-9a-f-]{36}$/), session_id: sessionId, transcript: 'I feel fine.', provider: 'local', model: 'scripted-1', instead_of: null });
    const timings = body['timings'] as Record<string, number>;
    expect(Object.keys(timings)).toEqual(expect.arrayContaining(['stt_ms', 'memory_retrieval_ms', 'llm_generation_ms', 'tts_ms', 'total_ms', 'first_audio_ms', 'workflow_ms', 'audio_validation_ms', 'audio_save_ms', 'memory_extraction_ms']));
    expect(Object.values(timings).every((ms) => ms >= 0)).toBe(true);
  });

  it('is answered under the path of older clients, too', async () => {
    expect((await process({ path: '/api/voice/process' })).status).toBe(200);
  });

  it('can be heard as a whole, or in the range that a player asks for', async () => {
    const { audio_url: path } = (await (await process()).json()) as { audio_url: string };
    const whole = await fetch(`${app.url}${path}`);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(whole.headers.get('content-type')).toBe('audio/mpeg');
    expect(bytes.length).toBeGreaterThan(5_000);
    await until('it lies on the disk', async () => (await fetch(`${app.url}${path}`, { method: 'HEAD' })).headers.get('accept-ranges') === 'bytes');
    const part = await fetch(`${app.url}${path}`, { headers: { range: 'bytes=100-199' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 100-199/${bytes.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).toBe(true);
  });

  it('leaves no recording behind', async () => {
    await (await process()).arrayBuffer();
    expect(await readdir(`${app.room.dataDir}/uploads`)).toEqual([]);
  });
});

describe('the events of a turn', () => {
  const headers = { accept: 'text/event-stream' };

  it('come as it is taken: heard, text, audio, answered, done', async () => {
    const answer = await process({ headers });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const events = await Array.fromAsync(readEvents(answer));
    const names = events.map(({ event }) => event);
    expect(names[0]).toBe('heard');
    expect(names.slice(-2)).toEqual(['answered', 'done']);
    expect(new Set(names)).toEqual(new Set(['heard', 'text', 'audio', 'answered', 'done']));
    expect(events[0]!.data).toEqual({ text: 'I feel fine.' });
    expect(events.filter(({ event }) => event === 'text').map(({ data }) => data['text']).join('')).toBe('I hear you. Tell me more.');
    expect(events.at(-2)!.data).toMatchObject({ text: 'I hear you. Tell me more.', session_id: sessionId });
    expect(events.at(-1)!.data['audio_seconds']).toBeGreaterThan(1);
  });

  it('let a client begin to hear before the model has finished', async () => {
    const pause = Promise.withResolvers<void>();
    app.room.model.say({ pieces: ['I hear you. And ', 'so on.'], pauses: { 1: pause.promise } });
    const events = readEvents(await process({ headers }));
    const audio = await firstOf(events, 'audio');
    const sound = (await fetch(`${app.url}${String(audio.data['audio_url'])}`)).body!.getReader();
    expect((await sound.read()).value!.length).toBeGreaterThan(0);
    expect(app.room.model.open()).toBe(1);
    pause.resolve();
    let bytes = 0;
    for (let part = await sound.read(); !part.done; part = await sound.read()) bytes += part.value.length;
    expect(bytes).toBeGreaterThan(1_000);
    expect((await Array.fromAsync(events)).at(-1)!.event).toBe('done');
  });

  it('end with an error in this API\'s own shape, where the model fails half-way', async () => {
    app.room.model.say({ pieces: ['I hear you. And'], failure: new AntiphonError('worker_lost', 'The worker died.') });
    const events = await Array.fromAsync(readEvents(await process({ headers: { ...headers, 'x-request-id': 'events-fail' } })));
    expect(events.at(-1)).toEqual({ event: 'error', data: { error: 'service_unavailable', message: 'The worker died.', request_id: 'events-fail', details: { code: 'worker_lost' } } });
  });

  it('are no answer where a turn could not begin: that has its own status', async () => {
    const answer = await process({ headers, fields: { session_id: 'nobody' } });
    expect(answer.status).toBe(404);
  });
});

describe('a client that leaves', () => {
  it.each([['text/event-stream'], ['application/json']])('ends the turn: %s', async (accept) => {
    app.room.model.say({ pieces: ['I hear you. And ', 'so on.'], pauses: { 1: never } });
    const leaving = new AbortController();
    const gone = process({ headers: { accept }, signal: leaving.signal }).then(async (answer) => answer.arrayBuffer()).catch(() => undefined);
    await until('it speaks', () => app.room.model.open() === 1 && app.room.requests.list().some(({ phase }) => phase === 'speaking'));
    leaving.abort();
    await gone;
    await until('nothing is under way', () => app.room.model.open() === 0 && app.room.requests.list().length === 0);
    expect(await app.room.companion.sessions.past({ owner: 'local', id: sessionId })).toEqual([]);
  });

  it('in mid-upload leaves nothing', async () => {
    const { port } = new URL(app.url);
    const call = httpRequest({ host: '127.0.0.1', port, path: '/api/v1/voice/process', method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': '100000' } });
    call.on('error', () => undefined);
    call.write('--x\r\ncontent-disposition: form-data; name="audio"; filename="a.wav"\r\n\r\nsome');
    const uploads = () => readdir(`${app.room.dataDir}/uploads`).catch(() => []);
    await until('it arrives', async () => (await uploads()).length === 1);
    call.destroy();
    await until('it is gone', async () => (await uploads()).length === 0);
    expect(app.room.model.asked).toEqual([]);
  });

  it('of the sound alone ends nothing but its own reading', async () => {
    const pause = Promise.withResolvers<void>();
    app.room.model.say({ pieces: ['I hear you. And ', 'so on.'], pauses: { 1: pause.promise } });
    const events = readEvents(await process({ headers: { accept: 'text/event-stream' } }));
    const audio = await firstOf(events, 'audio');
    const leaving = new AbortController();
    await fetch(`${app.url}${String(audio.data['audio_url'])}`, { signal: leaving.signal });
    leaving.abort();
    pause.resolve();
    expect((await Array.fromAsync(events)).at(-1)!.event).toBe('done');
  });
});

describe('refusals', () => {
  const failing = (error: AntiphonError) => () => app.room.model.say({ pieces: [], refusal: error });
  it.each<[string, () => Given | void, number, string, Record<string, unknown>]>([
    ['an unknown session', () => ({ fields: { session_id: 'nobody' } }), 404, 'session_not_found', { code: 'session_unknown', field: 'session_id' }],
    ['no session', () => ({ fields: {} }), 400, 'validation_error', { code: 'input_invalid', field: 'session_id' }],
    ['an unknown field', () => ({ fields: { session_id: sessionId, voice: 'alloy' } }), 400, 'validation_error', { code: 'input_invalid', field: 'voice' }],
    ['an empty recording', () => ({ audio: Buffer.alloc(0) }), 400, 'validation_error', { code: 'input_invalid', field: 'audio' }],
    ['a recording over 10 MB', () => ({ audio: Buffer.alloc(10_485_761) }), 413, 'validation_error', { code: 'body_too_large', field: 'audio' }],
    ['silence', () => app.room.hear(''), 400, 'validation_error', { code: 'audio_silent', field: 'audio' }],
    ['what is no audio', () => app.room.hear(new AntiphonError('audio_unreadable', 'No.', { param: 'file' })), 400, 'validation_error', { code: 'audio_unreadable', field: 'audio' }],
    ['too many at once', failing(new AntiphonError('queue_full', 'Full.', { retryAfterSeconds: 7 })), 429, 'rate_limit_exceeded', { code: 'queue_full', retry_after_seconds: 7 }],
    ['a provider that is away', failing(new AntiphonError('provider_unreachable', 'Away.')), 503, 'external_service_unavailable', { code: 'provider_unreachable' }],
    ['no provider at all', failing(new AntiphonError('provider_unavailable', 'Away.')), 503, 'service_unavailable', { code: 'provider_unavailable' }],
    ['a provider that is too slow', failing(new AntiphonError('provider_timeout', 'Slow.')), 504, 'timeout_error', { code: 'provider_timeout' }],
  ])('are in this API\'s shape: %s', async (_name, given, status, error, details) => {
    const answer = await process({ ...given(), headers: { 'x-request-id': 'refused-1' } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-request-id')).toBe('refused-1');
    expect(await answer.json()).toEqual({ error, message: expect.any(String), request_id: 'refused-1', details });
    if (status === 429) expect(answer.headers.get('retry-after')).toBe('7');
  });

  it('know a sound that does not exist', async () => {
    const answer = await fetch(`${app.url}/api/v1/voice/audio/nothing`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: 'audio_not_found' });
  });

  it('tell a body that is no form', async () => {
    const answer = await fetch(`${app.url}/api/v1/voice/process`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(415);
    expect(await answer.json()).toMatchObject({ error: 'validation_error', details: { code: 'media_type_unsupported' } });
  });
});

describe('our own way to take a turn', () => {
  it('takes text, in any format of sound', async () => {
    const { id } = (await (await fetch(`${app.url}/api/v1/sessions`, { method: 'POST' })).json()) as { id: string };
    const answer = await fetch(`${app.url}/api/v1/sessions/${id}/turns`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'Hello.', response_format: 'opus' }) });
    const events = await Array.fromAsync(readEvents(answer));
    expect(events[0]).toEqual({ event: 'heard', data: { text: 'Hello.' } });
    expect(events.find(({ event }) => event === 'audio')!.data['content_type']).toBe('audio/ogg; codecs=opus');
    expect(events.at(-1)!.event).toBe('done');
  });

  it('takes a recording', async () => {
    const answer = await fetch(`${app.url}/api/v1/sessions/${sessionId}/turns`, { method: 'POST', body: turnForm(recording, {}) });
    expect((await Array.fromAsync(readEvents(answer)))[0]).toEqual({ event: 'heard', data: { text: 'I feel fine.' } });
  });

  it.each<[string, string, unknown, number, string]>([
    ['an unknown session', 'nobody', { text: 'Hello.' }, 404, 'session_unknown'],
    ['no text', '', {}, 400, 'input_invalid'],
    ['blanks', '', { text: ' ' }, 400, 'input_empty'],
    ['a text that is too long', '', { text: 'a'.repeat(5_000) }, 400, 'input_too_long'],
    ['an unknown format', '', { text: 'Hello.', response_format: 'midi' }, 400, 'input_invalid'],
  ])('refuses in OpenAI\'s shape: %s', async (_name, id, body, status, code) => {
    const answer = await fetch(`${app.url}/api/v1/sessions/${id === '' ? sessionId : id}/turns`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code } });
  });
});

describe('health', () => {
  const read = async (path = '/api/health') => {
    const answer = await fetch(`${app.url}${path}`);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it.each(['/api/health', '/api/v1/health'])('is healthy while everything is connected: %s', async (path) => {
    Object.assign(app.services, { speech: () => ({ status: 'pass' }), sqlite: () => ({ status: 'pass' }) });
    const { status, body } = await read(path);
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'healthy', version: '1.2.3', services: { speech: 'connected', sqlite: 'connected' }, errors: [], timestamp: expect.stringMatching(/^\d{4}-.*Z$/) });
  });

  it('is degraded with 503 where one works less than it should, unhealthy where one does not work', async () => {
    app.services['speech'] = () => ({ status: 'warn', message: 'The fast voice is not here.' });
    expect(await read()).toMatchObject({ status: 503, body: { status: 'degraded', services: { speech: 'error', sqlite: 'connected' }, errors: ['speech: The fast voice is not here.'] } });
    app.services['sqlite'] = () => { throw new Error('locked'); };
    expect(await read()).toMatchObject({ status: 503, body: { status: 'unhealthy', services: { sqlite: 'error' } } });
  });
});
