/** The unmodified `groq-sdk` package against a running server. */
import Groq, { APIError, BadRequestError, NotFoundError } from 'groq-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hear } from '../support/hearing.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';

let server: StartedServer;
let client: Groq;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '2' } });
  client = new Groq({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => server.stop());

type Body = Groq.Audio.SpeechCreateParams;
const sentence = 'The quick brown fox jumps over the lazy dog.';

async function speak(body: Partial<Body> = {}): Promise<{ bytes: Uint8Array; headers: Headers }> {
  const answer = await client.audio.speech.create({ model: 'flite', voice: 'autumn', input: sentence, ...body });
  return { bytes: new Uint8Array(await answer.arrayBuffer()), headers: answer.headers };
}

async function refusalOf(body: Record<string, unknown>): Promise<APIError> {
  const outcome: unknown = await client.audio.speech.create({ model: 'flite', voice: 'autumn', input: sentence, ...body }).then(() => 'it was spoken', (error: unknown) => error);
  if (!(outcome instanceof APIError)) throw new Error(`Expected a refusal, but ${String(outcome)}.`);
  return outcome;
}

describe('speech for Groq\'s clients', () => {
  it.each([['flac', 'audio/flac', 'flac'], ['mp3', 'audio/mpeg', 'mp3'], ['mulaw', 'audio/basic', 'ulaw'], ['ogg', 'audio/ogg', 'opus'], ['wav', 'audio/wav', 'wav']] as const)('decodes as %s', async (format, contentType, decoder) => {
    const { bytes, headers } = await speak({ response_format: format });
    const { seconds, rms } = await hear(bytes, decoder);
    expect(headers.get('content-type')).toContain(contentType);
    expect(headers.get('x-antiphon-sample-rate')).toBe(format === 'mulaw' ? '8000' : '48000');
    expect(seconds).toBeGreaterThan(1.8);
    expect(seconds).toBeLessThan(4.5);
    expect(rms).toBeGreaterThan(0.02);
  });

  it('is mp3 where no format is named', async () => {
    expect((await speak()).headers.get('content-type')).toBe('audio/mpeg');
  });

  it.each([8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] as const)('comes at %i Hz where that is asked for', async (rate) => {
    const { bytes } = await speak({ response_format: 'wav', sample_rate: rate });
    expect(new DataView(bytes.buffer).getUint32(24, true)).toBe(rate);
  });

  it.each([['playai-tts', 'Fritz-PlayAI', 'am_echo'], ['canopylabs/orpheus-v1-english', 'autumn', 'af_heart']])('speaks for the model %s with the voice %s', async (model, voice, local) => {
    const { headers } = await speak({ model, voice, input: 'Yes.' });
    expect(headers.get('x-antiphon-engine')).toBe('kokoro');
    expect(headers.get('x-antiphon-voice')).toBe(local);
  });

  it('lists models, and finds each by its id', async () => {
    const ids = (await client.models.list()).data.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['playai-tts', 'canopylabs/orpheus-v1-english', 'flite', 'whisper-large-v3']));
    expect(await client.models.retrieve('flite')).toMatchObject({ id: 'flite', object: 'model' });
    await expect(client.models.retrieve('llama-9')).rejects.toThrow(NotFoundError);
  });

  it.each([
    ['no voice', { voice: undefined }, 'voice'],
    ['an unknown voice', { voice: 'nobody' }, 'voice'],
    ['an empty text', { input: '' }, 'input'],
    ['a format of OpenAI\'s', { response_format: 'aac' }, 'response_format'],
    ['a rate that is not in the list', { sample_rate: 11_025 }, 'sample_rate'],
    ['a rate that µ-law does not have', { response_format: 'mulaw', sample_rate: 16_000 }, 'sample_rate'],
    ['speed 5', { speed: 5 }, 'speed'],
    ['an unknown field', { instructions: 'Whisper.' }, 'instructions'],
  ])('refuses %s, naming the field', async (_name, body, param) => {
    const error = await refusalOf(body);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.error).toMatchObject({ error: { param, type: 'invalid_request_error' } });
  });

  it('knows no Arabic model', async () => {
    expect(await refusalOf({ model: 'playai-tts-arabic' })).toBeInstanceOf(NotFoundError);
  });

  it('knows two kinds of markup, by a header', async () => {
    const outcome: unknown = await client.audio.speech.create({ model: 'flite', voice: 'autumn', input: sentence }, { headers: { 'x-antiphon-markup': 'html' } }).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(BadRequestError);
    expect((outcome as APIError).error).toMatchObject({ error: { param: 'x-antiphon-markup' } });
  });
});
