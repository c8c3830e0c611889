/** The unmodified `openai` package against the application, with a transcription that says what the test wrote down. */
import OpenAI, { APIError, BadRequestError, toFile } from 'openai';
import type { TranscriptionCreateParams } from 'openai/resources/audio/transcriptions';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AntiphonError } from '../../src/errors.ts';
import { transcriptionFieldCounts, translationFieldCounts } from '../../src/http/openai/transcription-fields.ts';
import { until } from '../support/until.ts';
import { partsOf, segmentOf, startTranscriptionApp, type TranscriptionApp } from './transcription-app.ts';

let server: TranscriptionApp;
let client: OpenAI;

beforeAll(async () => {
  server = await startTranscriptionApp();
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => server.close());
afterEach(async () => until('no file is left', async () => (await server.uploads()).length === 0));

const sound = new Uint8Array(100_000).map((_, i) => i % 251);
const file = () => toFile(sound, 'speech.mp3');

async function refusalOf(body: Record<string, unknown>, route: 'transcriptions' | 'translations' = 'transcriptions'): Promise<APIError> {
  const given = { file: await file(), model: 'whisper-1', ...body } as unknown as TranscriptionCreateParams;
  const outcome: unknown = await (route === 'transcriptions' ? client.audio.transcriptions.create(given) : client.audio.translations.create(given as never)).then(() => 'it was transcribed', (error: unknown) => error);
  if (!(outcome instanceof APIError)) throw new Error(`Expected a refusal, but ${String(outcome)}.`);
  return outcome;
}

describe('a transcript', () => {
  it('is the text and how long the recording was, where no format is named', async () => {
    server.say({ parts: partsOf(' Hello there.', ' How are you?') });
    const answer = await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1' });
    expect(answer).toEqual({ text: 'Hello there. How are you?', usage: { type: 'duration', seconds: 5 } });
  });

  it('is made of the very bytes that were sent, in whichever way the client sends them', async () => {
    server.say({ parts: partsOf(' Hello.') });
    await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1' });
    await client.audio.transcriptions.create({ file: OpenAI.toStreamingFile(Readable.from([sound.subarray(0, 40_000), sound.subarray(40_000)]), 'speech.mp3'), model: 'whisper-1' });
    expect(server.asked.map(({ bytes }) => bytes.equals(sound))).toEqual([true, true]);
  });

  it('hands on what was asked for, and nothing where nothing was', async () => {
    server.say({ parts: [] });
    await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1' });
    await client.audio.transcriptions.create({ file: await file(), model: 'gpt-4o-transcribe', language: 'de', prompt: 'Donaudampfschiff', temperature: 0.4, keywords: ['Xaver', 'Zenzi'], chunking_strategy: { type: 'server_vad', threshold: 0.5 } });
    expect(server.asked[0]).toMatchObject({ model: 'whisper-1', task: 'transcribe', words: false, language: undefined, prompt: undefined, temperature: undefined });
    expect(server.asked[1]).toMatchObject({ model: 'gpt-4o-transcribe', language: 'de', prompt: 'Xaver, Zenzi. Donaudampfschiff', temperature: 0.4 });
  });

  it.each(['auto', { type: 'server_vad', threshold: 0.4, prefix_padding_ms: 100, silence_duration_ms: 300 }] as const)('is the same with a chunking strategy of %j', async (strategy) => {
    server.say({ parts: partsOf(' Hello.') });
    expect(await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1', chunking_strategy: strategy })).toMatchObject({ text: 'Hello.' });
  });

  it('says in verbose_json what was heard when', async () => {
    server.say({ parts: partsOf(' Hello there.', ' How are you?'), durationSeconds: 3.25 });
    const answer = await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1', response_format: 'verbose_json', timestamp_granularities: ['word', 'segment'] });
    expect(answer).toEqual({
      task: 'transcribe',
      language: 'english',
      duration: 3.25,
      text: 'Hello there. How are you?',
      segments: [
        { id: 0, seek: 0, start: 0, end: 0.8, text: ' Hello there.', tokens: [1000, 1001], temperature: 0.2, avg_logprob: -0.25, compression_ratio: 1.1, no_speech_prob: 0.01 },
        { id: 1, seek: 80, start: 0.8, end: 2, text: ' How are you?', tokens: [1000, 1001, 1002], temperature: 0.2, avg_logprob: -0.25, compression_ratio: 1.1, no_speech_prob: 0.01 },
      ],
      words: [{ word: 'Hello', start: 0, end: 0.4 }, { word: 'there.', start: 0.4, end: 0.8 }, { word: 'How', start: 0.8, end: 1.2 }, { word: 'are', start: 1.2, end: 1.6 }, { word: 'you?', start: 1.6, end: 2 }],
      usage: { type: 'duration', seconds: 4 },
    });
    expect(server.asked[0]).toMatchObject({ words: true });
  });

  it.each([[undefined, ['segments']], [['segment'], ['segments']], [['word'], ['words']], [['word', 'segment'], ['segments', 'words']]] as const)('has in verbose_json of %j only %j', async (granularities, expected) => {
    server.say({ parts: partsOf(' Hello.') });
    const answer = await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1', response_format: 'verbose_json', ...(granularities === undefined ? {} : { timestamp_granularities: [...granularities] }) });
    expect(Object.keys(answer).filter((key) => key === 'segments' || key === 'words')).toEqual(expected);
  });

  it('comes as text and as captions', async () => {
    const create = async (response_format: 'text' | 'srt' | 'vtt') => client.audio.transcriptions.create({ file: await file(), model: 'whisper-1', response_format });
    server.say({ parts: partsOf(' The voice answers at once.') });
    expect(await create('text')).toBe('The voice answers at once.\n');
    expect(await create('srt')).toBe('1\n00:00:00,000 --> 00:00:02,500\nThe voice answers at once.\n');
    expect(await create('vtt')).toBe('WEBVTT\n\n00:00:00.000 --> 00:00:02.500\nThe voice answers at once.\n');
    expect(server.asked.map(({ words }) => words)).toEqual([false, true, true]);
  });

  it('of a recording in which nobody speaks is empty', async () => {
    server.say({ parts: partsOf(''), language: undefined, durationSeconds: 2 });
    expect(await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1' })).toEqual({ text: '', usage: { type: 'duration', seconds: 2 } });
    expect(await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1', response_format: 'verbose_json' })).toMatchObject({ text: '', language: 'unknown', segments: [] });
  });

  it('says in its headers which model heard', async () => {
    server.say({ parts: [], insteadOf: 'whisper/small' });
    const { response } = await client.audio.transcriptions.create({ file: await file(), model: 'whisper-1' }).withResponse();
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'x-antiphon-model': 'whisper/base', 'x-antiphon-instead-of': 'whisper/small', 'cache-control': 'no-store' });
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  });
});

describe('a streamed transcript', () => {
  const stream = async () => client.audio.transcriptions.create({ file: await file(), model: 'whisper-1', stream: true, response_format: 'text' });

  it('comes in deltas that join to the text of its last event', async () => {
    server.say({ parts: partsOf(' Hello there. ', '', ' ', ' How are you? ') });
    const events = await Array.fromAsync(await stream());
    const deltas = events.flatMap((event) => (event.type === 'transcript.text.delta' ? [event.delta] : []));
    expect(deltas).toEqual(['Hello there.', '   How are you?']);
    expect(events.at(-1)).toEqual({
      type: 'transcript.text.done',
      text: deltas.join(''),
      usage: { type: 'tokens', input_tokens: 42, input_token_details: { audio_tokens: 42, text_tokens: 0 }, output_tokens: 5, total_tokens: 47 },
    });
  });

  it('comes while the rest is still to be heard', async () => {
    const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
    server.say({ parts: partsOf(' First.', ' Second.'), pause });
    const events = (await stream())[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ delta: 'First.' });
    goOn();
    expect((await events.next()).value).toMatchObject({ delta: ' Second.' });
    expect((await events.next()).value).toMatchObject({ type: 'transcript.text.done', text: 'First. Second.' });
    expect((await events.next()).done).toBe(true);
  });

  it('that fails before its first word is a proper refusal', async () => {
    server.say({ parts: [], failure: new AntiphonError('worker_lost', 'The worker died.') });
    const outcome: unknown = await stream().catch((error: unknown) => error);
    expect(outcome).toMatchObject({ status: 503, code: 'worker_lost' });
  });

  it('that fails half-way ends with an error in the words of the vendor', async () => {
    server.say({ parts: partsOf(' First.'), failure: new AntiphonError('engine_failed', 'The engine could not go on.') });
    const events = (await stream())[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ delta: 'First.' });
    await expect(events.next()).rejects.toMatchObject({ error: { type: 'server_error', code: 'engine_failed', message: 'The engine could not go on.' } });
  });

  it('is heard no further when the client leaves', async () => {
    const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
    server.say({ parts: partsOf(' First.', ' Second.'), pause });
    const events = await stream();
    for await (const { type } of events) if (type === 'transcript.text.delta') break;
    await until('the request is cancelled', () => server.asked[0]!.left.aborted);
    goOn();
  });
});

describe('a client that leaves while the recording is heard', () => {
  it('ends the hearing', async () => {
    const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
    server.say({ parts: partsOf(' First.', ' Second.'), pause });
    const leave = new AbortController();
    const answer = client.audio.transcriptions.create({ file: await file(), model: 'whisper-1' }, { signal: leave.signal });
    await until('it is heard', () => server.asked.length > 0);
    leave.abort();
    await expect(answer).rejects.toThrow();
    await until('the request is cancelled', () => server.asked[0]!.left.aborted);
    goOn();
  });
});

describe('a translation', () => {
  it('is English, in each format', async () => {
    const create = async (response_format: 'json' | 'text' | 'srt' | 'vtt' | 'verbose_json'): Promise<unknown> => client.audio.translations.create({ file: await file(), model: 'whisper-1', prompt: 'A letter', temperature: 0, response_format });
    server.say({ parts: partsOf(' Good morning.'), language: 'de', durationSeconds: 1 });
    expect(await create('json')).toEqual({ text: 'Good morning.' });
    expect(await create('text')).toBe('Good morning.\n');
    expect(await create('srt')).toContain('Good morning.');
    expect(await create('vtt')).toContain('Good morning.');
    const verbose = await create('verbose_json');
    expect(verbose).toMatchObject({ task: 'translate', language: 'english', duration: 1, segments: [{ text: ' Good morning.' }] });
    expect(verbose).not.toHaveProperty('words');
    expect(server.asked[0]).toMatchObject({ task: 'translate', prompt: 'A letter', temperature: 0 });
  });

  it.each([['language', { language: 'de' }], ['stream', { stream: true }], ['timestamp_granularities', { timestamp_granularities: ['word'] }]])('has no %s', async (_name, body) => {
    expect(await refusalOf(body, 'translations')).toMatchObject({ status: 400, code: 'input_invalid' });
  });
});

describe('a request that cannot be honoured', () => {
  it.each([
    ['response_format', { response_format: 'diarized_json' }, 'input_unsupported'],
    ['response_format', { response_format: 'docx' }, 'input_invalid'],
    ['include', { include: ['logprobs'] }, 'input_unsupported'],
    ['known_speaker_names', { known_speaker_names: ['Ann'], known_speaker_references: ['data:audio/wav;base64,AA=='] }, 'input_unsupported'],
    ['languages', { languages: ['de', 'en'] }, 'input_unsupported'],
    ['languages', { language: 'de', languages: ['en'] }, 'input_invalid'],
    ['stream', { stream: true, response_format: 'srt' }, 'input_unsupported'],
    ['timestamp_granularities', { timestamp_granularities: ['word'] }, 'input_invalid'],
    ['timestamp_granularities.0', { response_format: 'verbose_json', timestamp_granularities: ['letter'] }, 'input_invalid'],
    ['temperature', { temperature: 1.5 }, 'input_invalid'],
    ['temperature', { temperature: 'warm' }, 'input_invalid'],
    ['chunking_strategy', { chunking_strategy: 'none' }, 'input_invalid'],
    ['chunking_strategy[type]', { chunking_strategy: { type: 'semantic_vad' } }, 'input_invalid'],
    ['model', { model: '' }, 'input_invalid'],
    ['colour', { colour: 'blue' }, 'input_invalid'],
  ])('names %s: %j', async (param, body, code) => {
    server.say({ parts: partsOf(' Hello.') });
    const refusal = await refusalOf(body);
    expect(refusal).toBeInstanceOf(BadRequestError);
    expect(refusal).toMatchObject({ param, code, type: 'invalid_request_error' });
    expect(server.asked).toHaveLength(0);
  });

  it.each([
    ['model_unknown', 404, 'model_not_found'], ['language_unknown', 400, 'language_unknown'], ['audio_unreadable', 400, 'audio_unreadable'],
    ['audio_too_long', 413, 'audio_too_long'], ['queue_full', 429, 'rate_limit_exceeded'], ['model_not_ready', 503, 'model_not_ready'],
  ] as const)('gets the status of %s', async (code, status, vendorCode) => {
    server.say({ refusal: new AntiphonError(code, 'It did not work.') });
    expect(await refusalOf({})).toMatchObject({ status, code: vendorCode });
  });

  it('in mid-hearing is a failure as a whole', async () => {
    server.say({ parts: [{ segments: [segmentOf(' Half.')], doneSeconds: 1 }], failure: new AntiphonError('engine_failed', 'The engine could not go on.') });
    expect(await refusalOf({})).toMatchObject({ status: 500, code: 'engine_failed' });
  });
});

describe('the documentation', () => {
  it.each([...Object.keys(transcriptionFieldCounts), ...Object.keys(translationFieldCounts)].filter((name) => !name.includes('[')))('tells what becomes of %s', async (name) => {
    expect(await readFile(new URL('../../docs/openai-api.md', import.meta.url), 'utf8')).toMatch(new RegExp(`\\| .*\`${name}(\\[\\])?\`.*\\|`));
  });
});
