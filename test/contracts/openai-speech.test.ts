/** The unmodified `openai` package against a running server: what that vendor's clients rely on. */
import OpenAI, { APIError, BadRequestError, NotFoundError } from 'openai';
import type { SpeechCreateParams } from 'openai/resources/audio/speech';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hear, hearPcm } from '../support/hearing.ts';
import { longText, queueOf } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;
let client: OpenAI;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '2' } });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => server.stop());

const sentence = 'The quick brown fox jumps over the lazy dog.';
type Body = Partial<SpeechCreateParams>;

async function speak(body: Body = {}): Promise<{ bytes: Uint8Array; headers: Headers }> {
  const answer = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: sentence, ...body });
  return { bytes: new Uint8Array(await answer.arrayBuffer()), headers: answer.headers };
}

/** What a client that does not follow the types may send. */
async function refusalOf(body: Record<string, unknown>): Promise<APIError> {
  const given = { model: 'tts-1', voice: 'alloy', input: sentence, ...body } as unknown as SpeechCreateParams;
  const outcome: unknown = await client.audio.speech.create(given).then(() => 'it was spoken', (error: unknown) => error);
  if (!(outcome instanceof APIError)) throw new Error(`Expected a refusal, but ${String(outcome)}.`);
  return outcome;
}

describe('speech', () => {
  it.each([
    ['mp3', 'audio/mpeg'], ['opus', 'audio/ogg'], ['aac', 'audio/aac'], ['flac', 'audio/flac'], ['wav', 'audio/wav'],
    ['pcm', 'audio/pcm'], ['ulaw', 'audio/basic'], ['alaw', 'audio/x-alaw-basic'],
  ])('decodes as %s to the same words, neither shorter nor silent', async (format, contentType) => {
    const { bytes, headers } = await speak({ response_format: format as 'mp3' });
    const { seconds, rms } = await hear(bytes, format);
    expect(headers.get('content-type')).toContain(contentType);
    expect(seconds).toBeGreaterThan(1.8);
    expect(seconds).toBeLessThan(4.5);
    expect(rms).toBeGreaterThan(0.02);
  });

  it('is 24 kHz where the format has no header to say so', async () => {
    const { bytes, headers } = await speak({ response_format: 'pcm' });
    const wav = await hear((await speak({ response_format: 'wav' })).bytes, 'wav');
    expect(headers.get('x-antiphon-sample-rate')).toBe('24000');
    expect(hearPcm(bytes).seconds / wav.seconds).toBeCloseTo(1, 1);
  });

  it('is mp3 where no format is named', async () => {
    const { headers } = await speak();
    expect(headers.get('content-type')).toBe('audio/mpeg');
  });

  it.each(['wav', 'mp3'] as const)('reaches the client in pieces while the rest of the text is still to be spoken: %s', async (format) => {
    const requestId = `streaming-${format}`;
    const answer = await client.audio.speech.create(
      { model: 'tts-1', voice: 'alloy', input: longText(12), response_format: format },
      { headers: { 'x-request-id': requestId } },
    );
    const reader = answer.body!.getReader();
    const first = await reader.read();
    const entry = (await queueOf(server.url)).requests.find(({ id }) => id === requestId);
    let pieces = 1;
    let bytes = first.value!.length;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      pieces++;
      bytes += part.value.length;
    }
    expect(entry).toMatchObject({ phase: 'speaking' });
    expect(pieces).toBeGreaterThan(20);
    expect(bytes).toBeGreaterThan(first.value!.length * 5);
    await until('the queue is empty', async () => (await queueOf(server.url)).requests.length === 0);
  });

  it('takes half as long at speed 2 and twice as long at speed 0.5', async () => {
    const [normal, fast, slow] = await Promise.all([1, 2, 0.5].map(async (speed) => hearPcm((await speak({ speed, response_format: 'pcm' })).bytes).seconds));
    expect(fast! / normal!).toBeGreaterThan(0.4);
    expect(fast! / normal!).toBeLessThan(0.62);
    expect(slow! / normal!).toBeGreaterThan(1.7);
    expect(slow! / normal!).toBeLessThan(2.3);
  });

  it('keeps all words of a long text', async () => {
    const one = hearPcm((await speak({ input: longText(1), response_format: 'pcm' })).bytes).seconds;
    const eight = hearPcm((await speak({ input: longText(8), response_format: 'pcm' })).bytes).seconds;
    expect(eight / one).toBeGreaterThan(6.5);
    expect(eight / one).toBeLessThan(10.5);
  });

  it('takes the longest text that is allowed', async () => {
    const input = 'abcdefgh '.repeat(456).slice(0, 4_096);
    const answer = await client.audio.speech.create({ model: 'flite', voice: 'alloy', input });
    await answer.body!.cancel();
    expect(answer.status).toBe(200);
  });
});

describe('markup', () => {
  const spoken = async (input: string, markup?: string) => {
    const answer = await client.audio.speech.create({ model: 'flite', voice: 'alloy', input, response_format: 'pcm' }, markup === undefined ? {} : { headers: { 'x-antiphon-markup': markup } });
    return hearPcm(new Uint8Array(await answer.arrayBuffer())).seconds;
  };

  it('is SSML where a header says so, and text where it does not', async () => {
    const plain = await spoken('Hello there.');
    expect(await spoken('<speak>Hello there.<break time="2s"/></speak>', 'ssml') - plain).toBeCloseTo(2, 1);
    expect(await spoken('Hello there.', 'none')).toBe(plain);
    expect(await spoken('<speak>Hello there.</speak>')).toBeGreaterThan(plain + 0.3);
  });

  it('is refused where it is wrong, or of a kind that does not exist', async () => {
    await expect(spoken('<speak>Hello', 'ssml')).rejects.toMatchObject({ status: 400, param: 'input' });
    await expect(spoken('Hello.', 'html')).rejects.toMatchObject({ status: 400, param: 'x-antiphon-markup' });
  });
});

describe('voices and models', () => {
  it.each(['alloy', 'ash', 'ballad', 'cedar', 'coral', 'echo', 'fable', 'marin', 'nova', 'onyx', 'sage', 'shimmer', 'verse'])('speaks with the preset %s', async (voice) => {
    const { headers, bytes } = await speak({ model: 'flite', voice, input: 'Hello.', response_format: 'pcm' });
    expect(headers.get('x-antiphon-engine')).toBe('flite');
    expect(hearPcm(bytes).rms).toBeGreaterThan(0.01);
  });

  it('takes a voice as an object with an id', async () => {
    const { headers } = await speak({ model: 'kokoro', voice: { id: 'bf_emma' }, input: 'Good day.' });
    expect(headers.get('x-antiphon-voice')).toBe('bf_emma');
  });

  it('mixes voices by weight, and the mixture is neither of them', async () => {
    const voices = ['af_heart', 'am_adam', 'af_heart:0.6+am_adam:0.4'];
    const spoken = await Promise.all(voices.map(async (voice) => speak({ model: 'kokoro', voice, input: 'Hello there.', response_format: 'pcm' })));
    const [heart, adam, blend] = spoken.map(({ bytes }) => Buffer.from(bytes));
    expect(spoken[2]!.headers.get('x-antiphon-voice')).toBe('af_heart:0.6+am_adam:0.4');
    expect(hearPcm(blend!).rms).toBeGreaterThan(0.01);
    expect(blend!.equals(heart!) || blend!.equals(adam!)).toBe(false);
  });

  it.each([['tts-1', 'piper'], ['tts-1-hd', 'kokoro'], ['gpt-4o-mini-tts', 'kokoro'], ['piper', 'piper'], ['kokoro', 'kokoro'], ['flite', 'flite'], ['piper/en_US-joe-medium', 'piper'], ['en_US-joe-medium', 'piper']])('answers the model %s with %s', async (model, engine) => {
    const { headers, bytes } = await speak({ model, input: 'Yes.', response_format: 'pcm' });
    expect(headers.get('x-antiphon-engine')).toBe(engine);
    expect(headers.get('x-antiphon-instead-of')).toBeNull();
    expect(hearPcm(bytes).rms).toBeGreaterThan(0.01);
  });

  it.each([['es', 'ef_dora', 'Buenos días, ¿cómo está usted hoy?'], ['fr', 'ff_siwis', 'Bonjour, comment allez-vous aujourd’hui ?'], ['it', 'if_sara', 'Buongiorno, come sta oggi?'], ['pt', 'pf_dora', 'Bom dia, como você está hoje?'], ['hi', 'hf_alpha', 'नमस्ते, आप कैसे हैं?']])('speaks a sentence of the language %s', async (_language, voice, input) => {
    const { bytes } = await speak({ model: 'kokoro', voice, input, response_format: 'pcm' });
    const { seconds, rms } = hearPcm(bytes);
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(6);
    expect(rms).toBeGreaterThan(0.01);
  });

  it('lists models, and finds each of them by its id', async () => {
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['tts-1', 'tts-1-hd', 'gpt-4o-mini-tts', 'piper', 'kokoro', 'flite', 'piper/en_US-joe-medium', 'whisper-1', 'whisper', 'whisper/base']));
    for (const id of ids) expect(await client.models.retrieve(id)).toMatchObject({ id, object: 'model', owned_by: 'antiphon' });
    await expect(client.models.retrieve('whisper-9')).rejects.toThrow(NotFoundError);
  });

  it('lists voices, and the local voices behind each preset', async () => {
    const { object, data } = await client.get<{ object: string; data: Record<string, unknown>[] }>('/audio/voices');
    expect(object).toBe('list');
    expect(data).toContainEqual({ id: 'af_heart', object: 'voice', name: 'Heart', language: 'en-US', gender: 'female', model: 'kokoro' });
    expect(data.find(({ id }) => id === 'alloy')).toMatchObject({ alias_of: { piper: 'en_US-joe-medium', kokoro: 'af_alloy', flite: 'cmu_us_slt' } });
    expect(new Set(data.map(({ id }) => id)).size).toBe(data.length);
  });
});

describe('events', () => {
  type SpeechEvent = { type: string; audio?: string; usage?: { input_tokens: number; output_tokens: number; total_tokens: number } };

  async function eventsOf(body: Body): Promise<SpeechEvent[]> {
    const answer = await client.audio.speech.create({ model: 'tts-1', voice: 'alloy', input: sentence, ...body, stream_format: 'sse' });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const blocks = (await answer.text()).split('\n\n').filter((block) => block !== '');
    return blocks.map((block) => JSON.parse(block.replace(/^data: /, '')) as SpeechEvent);
  }

  it('carry the audio in deltas and end with the usage', async () => {
    const events = await eventsOf({ response_format: 'mp3' });
    const audio = Buffer.concat(events.filter(({ type }) => type === 'speech.audio.delta').map(({ audio: part }) => Buffer.from(part!, 'base64')));
    const { seconds } = await hear(audio, 'mp3');
    const { type, usage } = events.at(-1)!;
    expect(events.length).toBeGreaterThan(5);
    expect(events.slice(0, -1).every((event) => event.type === 'speech.audio.delta')).toBe(true);
    expect(type).toBe('speech.audio.done');
    expect(usage!.input_tokens).toBe(Math.ceil(sentence.length / 4));
    expect(Math.abs(usage!.output_tokens - seconds * 20)).toBeLessThan(5);
    expect(usage!.total_tokens).toBe(usage!.input_tokens + usage!.output_tokens);
  });

  it('are refused like everything else where there is nothing to speak', async () => {
    expect(await refusalOf({ input: '', stream_format: 'sse' })).toMatchObject({ status: 400, code: 'input_empty' });
  });
});

describe('refusals', () => {
  const invalid = 'input_invalid';
  it.each([
    ['an empty text', { input: '' }, 'input_empty', 'input'],
    ['blanks', { input: ' \n\t ' }, 'input_empty', 'input'],
    ['punctuation', { input: '…!?' }, 'input_empty', 'input'],
    ['control characters', { input: '\u0000\u0007' }, 'input_empty', 'input'],
    ['a lone surrogate', { input: '\ud83d' }, 'input_empty', 'input'],
    ['a text that the voice knows no sound for', { model: 'flite', input: '你好' }, 'input_empty', 'input'],
    ['a text of 4,097 characters', { input: 'a'.repeat(4_097) }, 'input_too_long', 'input'],
    ['a text that is a number', { input: 5 }, invalid, 'input'],
    ['a text that is null', { input: null }, invalid, 'input'],
    ['no text', { input: undefined }, invalid, 'input'],
    ['no model', { model: undefined }, invalid, 'model'],
    ['an empty model', { model: '' }, invalid, 'model'],
    ['an unknown voice', { voice: 'nobody' }, 'voice_unknown', 'voice'],
    ['a blend with an unknown voice', { model: 'kokoro', voice: 'af_heart+nobody' }, 'voice_unknown', 'voice'],
    ['a voice of another engine', { model: 'kokoro', voice: 'cmu_us_slt' }, 'voice_unknown', 'voice'],
    ['an object without id as voice', { voice: { name: 'alloy' } }, invalid, 'voice'],
    ['a list as voice', { voice: ['alloy'] }, invalid, 'voice'],
    ['an unknown format', { response_format: 'midi' }, invalid, 'response_format'],
    ['speed 0.1', { speed: 0.1 }, invalid, 'speed'],
    ['speed 5', { speed: 5 }, invalid, 'speed'],
    ['speed in words', { speed: 'fast' }, invalid, 'speed'],
    ['an unknown stream format', { stream_format: 'websocket' }, invalid, 'stream_format'],
    ['an unknown field', { temperature: 1 }, invalid, 'temperature'],
    ['instructions', { instructions: 'Whisper.' }, 'input_unsupported', 'instructions'],
  ])('tell what is wrong with %s', async (_name, body, code, param) => {
    const error = await refusalOf(body);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, code, param, type: 'invalid_request_error' });
    expect(error.message).not.toMatch(/undefined|\[object/);
  });

  it('know a model that does not exist', async () => {
    const error = await refusalOf({ model: 'tts-9' });
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
  });

  it.each([['emoji', '🙂🎉'], ['broken characters among words', 'one\ud800two \udfff three'], ['binary', String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))], ['a rare script', '𐎀𐎁𐎂'], ['empty instructions', 'Hello.']])('never are the server\'s own failure: %s', async (name, input) => {
    const body = { input, ...(name === 'empty instructions' ? { instructions: '' } : {}) };
    const status = await speak(body).then(() => 200, (error: unknown) => (error as APIError).status);
    expect([200, 400]).toContain(status);
    expect(server.output()).not.toContain('"code":"internal"');
  });

  const json = { 'content-type': 'application/json' };
  it.each<[string, string, string, Record<string, string>, string | undefined, number, string]>([
    ['JSON that breaks off', 'POST', '/v1/audio/speech', json, '{"model":', 400, 'body_invalid'],
    ['JSON that reaches for prototypes', 'POST', '/v1/audio/speech', json, '{"__proto__":{}}', 400, 'body_invalid'],
    ['JSON that is a list', 'POST', '/v1/audio/speech', json, '[]', 400, 'input_invalid'],
    ['an empty body', 'POST', '/v1/audio/speech', json, '', 400, 'body_invalid'],
    ['no body at all', 'POST', '/v1/audio/speech', {}, undefined, 400, 'input_invalid'],
    ['XML', 'POST', '/v1/audio/speech', { 'content-type': 'application/xml' }, '<a/>', 415, 'media_type_unsupported'],
    ['JSON under the name of text', 'POST', '/v1/audio/speech', { 'content-type': 'text/plain' }, '{}', 415, 'media_type_unsupported'],
    ['an unknown path', 'GET', '/v1/audio/speeches', {}, undefined, 404, 'route_unknown'],
    ['the wrong method', 'GET', '/v1/audio/speech', {}, undefined, 405, 'method_not_allowed'],
    ['a path that cannot be decoded', 'GET', '/v1/models/%ff', {}, undefined, 400, 'request_malformed'],
    ['a request id that is not in flight', 'DELETE', '/api/v1/requests/none', {}, undefined, 404, 'request_unknown'],
  ])('have all four keys for %s', async (_name, method, path, headers, body, status, code) => {
    const answer = await fetch(`${server.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const { error } = (await answer.json()) as { error: Record<string, unknown> };
    expect(answer.status).toBe(status);
    expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'param', 'type']);
    expect(error['code']).toBe(code);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  });
});

describe('identity', () => {
  it('echoes the caller\'s request id, in refusals too, and makes one where the given one is unfit', async () => {
    const ask = async (id: string, input: string) => (await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-request-id': id }, body: JSON.stringify({ model: 'flite', input }) })).headers.get('x-request-id');
    expect(await ask('my-request-0001', 'Hi.')).toBe('my-request-0001');
    expect(await ask('my-request-0002', '')).toBe('my-request-0002');
    expect(await ask('no spaces, please', 'Hi.')).toMatch(/^req_[0-9a-f]{24}$/);
  });

  it('continues the caller\'s trace under a span of its own, and its log joins it', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const answer = await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-00f067aa0ba902b7-01` }, body: JSON.stringify({ model: 'flite', input: 'Traced.' }) });
    await answer.arrayBuffer();
    expect(answer.headers.get('traceparent')).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    await until('the log has the trace', () => server.output().includes(`"trace_id":"${traceId}"`));
  });

  it('never writes a text into its log', () => {
    expect(server.output()).not.toContain('brown fox');
    expect(server.output()).not.toContain('Sentence number');
  });
});
