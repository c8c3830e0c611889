/** The unmodified `groq-sdk` package against the application, with a transcription that says what the test wrote down. */
import Groq, { APIError, toFile } from 'groq-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AntiphonError } from '../../src/errors.ts';
import { partsOf, startTranscriptionApp, type TranscriptionApp } from './transcription-app.ts';

let server: TranscriptionApp;
let client: Groq;

beforeAll(async () => {
  server = await startTranscriptionApp();
  client = new Groq({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => server.close());

const sound = new Uint8Array(100_000).map((_, i) => i % 251);

async function transcribe(body: object = {}): Promise<object> {
  return client.audio.transcriptions.create({ file: await toFile(sound, 'speech.mp3'), model: 'whisper-large-v3-turbo', ...body });
}

async function refusalOf(body: object): Promise<APIError> {
  const outcome: unknown = await transcribe(body).then(() => 'it was transcribed', (error: unknown) => error);
  if (!(outcome instanceof APIError)) throw new Error(`Expected a refusal, but ${String(outcome)}.`);
  return outcome;
}

describe('a transcript for Groq\'s clients', () => {
  it('is the text and the id of the request', async () => {
    server.say({ parts: partsOf(' Hello there.') });
    expect(await transcribe()).toEqual({ text: 'Hello there.', x_groq: { id: expect.stringMatching(/^req_/) as string } });
    expect(server.asked[0]).toMatchObject({ model: 'whisper-large-v3-turbo', task: 'transcribe', words: false });
    expect(server.asked[0]!.bytes.equals(sound)).toBe(true);
  });

  it('is plain where it is asked for as text', async () => {
    server.say({ parts: partsOf(' Hello there.') });
    expect(await transcribe({ response_format: 'text' })).toBe('Hello there.\n');
  });

  it('says in verbose_json what was heard when', async () => {
    server.say({ parts: partsOf(' Hello.'), durationSeconds: 1.5 });
    const answer = await transcribe({ response_format: 'verbose_json', timestamp_granularities: ['word', 'segment'], language: 'en', prompt: 'Greetings', temperature: 0.1 });
    expect(answer).toEqual({
      task: 'transcribe',
      language: 'English',
      duration: 1.5,
      text: 'Hello.',
      segments: [{ id: 0, seek: 0, start: 0, end: 0.4, text: ' Hello.', tokens: [1000], temperature: 0.2, avg_logprob: -0.25, compression_ratio: 1.1, no_speech_prob: 0.01 }],
      words: [{ word: 'Hello.', start: 0, end: 0.4 }],
      x_groq: { id: expect.stringMatching(/^req_/) as string },
    });
    expect(server.asked[0]).toMatchObject({ language: 'en', prompt: 'Greetings', temperature: 0.1, words: true });
  });

  it('is English where a translation is asked for', async () => {
    server.say({ parts: partsOf(' Good morning.'), language: 'de' });
    const file = await toFile(sound, 'speech.mp3');
    expect(await client.audio.translations.create({ file, model: 'whisper-large-v3' })).toMatchObject({ text: 'Good morning.', x_groq: {} });
    expect(await client.audio.translations.create({ file, model: 'whisper-large-v3', response_format: 'verbose_json' })).toMatchObject({ task: 'translate', language: 'English' });
    expect(server.asked.map(({ task }) => task)).toEqual(['translate', 'translate']);
  });

  it.each([
    ['url', { url: 'https://example.test/speech.mp3' }, 'input_unsupported'],
    ['response_format', { response_format: 'srt' }, 'input_invalid'],
    ['timestamp_granularities', { timestamp_granularities: ['word'] }, 'input_invalid'],
    ['temperature', { temperature: 2 }, 'input_invalid'],
    ['stream', { stream: true }, 'input_invalid'],
    ['file', { file: undefined }, 'input_invalid'],
  ])('is refused for its %s: %j', async (param, body, code) => {
    server.say({ parts: partsOf(' Hello.') });
    expect(await refusalOf(body)).toMatchObject({ status: 400, error: { error: { param, code } } });
    expect(server.asked).toHaveLength(0);
  });

  it('of a model that is none is not found', async () => {
    server.say({ refusal: new AntiphonError('model_unknown', 'There is no such model.', { param: 'model' }) });
    expect(await refusalOf({})).toMatchObject({ status: 404, error: { error: { code: 'model_not_found', param: 'model' } } });
  });
});
