import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toS16le } from '../../../audio/pcm.ts';
import { wavHeader } from '../../../audio/wav.ts';
import { converse, hear, question, speak, startRecordedAnswers, type RecordedAnswers } from '../recorded-answers.test-support.ts';
import { traitsOf } from './server-traits.ts';

let recorded: RecordedAnswers;
beforeAll(async () => { recorded = await startRecordedAnswers('openai'); });
beforeEach(() => { recorded.server.forget(); });
afterAll(() => recorded.server.stop());

const form = () => Object.fromEntries([...recorded.server.requests.at(-1)!.form!.entries()].filter(([, value]) => typeof value === 'string'));
const json = () => recorded.server.requests.at(-1)!.json;

describe('speech of an openai provider', () => {
  const samples = Float32Array.from({ length: 2_400 }, (_, i) => Math.sin(i / 9) / 2);
  const bytes = toS16le(samples);
  const answer = (contentType: string, ...pieces: readonly Uint8Array[]) => recorded.server.script({ kind: 'bytes', contentType, pieces });
  const expectSame = (heard: readonly number[], wanted: ArrayLike<number> = samples) => {
    expect(heard).toHaveLength(wanted.length);
    expect(Math.max(...heard.map((sample, index) => Math.abs(sample - wanted[index]!)))).toBeLessThan(0.001);
  };

  it('asks for headerless PCM, and for a speed only where it is not the voice’s own', async () => {
    await speak(recorded.provider, { model: 'gpt-4o-mini-tts', voice: 'coral' });
    expect(json()).toEqual({ model: 'gpt-4o-mini-tts', input: 'Good morning to all of you.', voice: 'coral', response_format: 'pcm' });
    await speak(recorded.provider, { speed: 1.5 });
    expect(json()).toMatchObject({ speed: 1.5 });
  });

  it('joins samples that are cut in the middle', async () => {
    answer('audio/pcm', bytes.subarray(0, 1), bytes.subarray(1, 4), bytes.subarray(4, 2_001), bytes.subarray(2_001));
    expectSame(await speak(recorded.provider));
  });

  it.each(['audio/wav', 'audio/x-wav', 'application/octet-stream', 'audio/pcm'])('understands WAV by its own header, though it is called %s', async (contentType) => {
    answer(contentType, wavHeader({ sampleRateHz: 24_000 }).subarray(0, 30), wavHeader({ sampleRateHz: 24_000 }).subarray(30), bytes);
    expectSame(await speak(recorded.provider));
  });

  it('gives 24 kHz whatever the WAV is at, and one channel of two', async () => {
    const header = wavHeader({ sampleRateHz: 48_000, dataBytes: bytes.length * 2 });
    new DataView(header.buffer).setUint16(22, 2, true);
    const stereo = new Uint8Array(bytes.length * 2);
    for (let at = 0; at < bytes.length; at += 2) stereo.set([bytes[at]!, bytes[at + 1]!, bytes[at]!, bytes[at + 1]!], at * 2);
    answer('audio/wav', header, stereo, new TextEncoder().encode('LISTxxxx behind the samples'));
    const heard = await speak(recorded.provider);
    expect(heard.length).toBe(samples.length / 2);
    expectSame(heard.slice(100, -100), samples.filter((_, index) => index % 2 === 0).slice(100, -100));
  });

  it('reads a few samples as it reads many', async () => {
    answer('audio/pcm', bytes.subarray(0, 4));
    expect(await speak(recorded.provider)).toHaveLength(2);
  });

  it.each([
    ['MP3 with a tag', 'audio/mpeg', 'ID3\u0004'], ['MP3', 'audio/mpeg', '\u00ff\u00fb\u0090\u0064'], ['Ogg', 'application/octet-stream', 'OggS'], ['FLAC', 'audio/flac', 'fLaC'],
  ])('refuses %s instead of playing it as noise', async (_name, contentType, magic) => {
    answer(contentType, new Uint8Array([...Buffer.from(magic, 'latin1'), ...bytes]));
    await expect(speak(recorded.provider)).rejects.toMatchObject({ code: 'provider_failed', message: expect.stringContaining('16-bit PCM or WAV') as string });
  });

  it('refuses a WAV that ends before its samples, and samples of a kind that is not read', async () => {
    answer('audio/wav', wavHeader({ sampleRateHz: 24_000 }));
    await expect(speak(recorded.provider)).rejects.toMatchObject({ code: 'provider_failed' });
    const eightBit = wavHeader({ sampleRateHz: 24_000 });
    new DataView(eightBit.buffer).setUint16(34, 8, true);
    answer('audio/wav', eightBit, bytes);
    await expect(speak(recorded.provider)).rejects.toMatchObject({ code: 'provider_failed' });
  });

  it.each([
    [{ pitchSemitones: 2 }, 'pitch'], [{ pronunciations: [{ start: 0, end: 4, ipa: 'ɡʊd' }] }, 'phoneme'], [{ speed: 4.5 }, 'speed'], [{ speed: 0.2 }, 'speed'],
  ])('refuses %j before anybody is asked', async (request, param) => {
    await expect(speak(recorded.provider, request)).rejects.toMatchObject({ code: 'input_unsupported', param });
    expect(recorded.server.requests).toHaveLength(0);
  });

  it('tells which voices there are where the one that was asked for is not', async () => {
    await recorded.next('error-400-voice.json', 400);
    await expect(speak(recorded.provider)).rejects.toMatchObject({ code: 'provider_rejected', param: 'voice', message: expect.stringContaining("'shimmer'") as string });
  });
});

describe('transcription of an openai provider', () => {
  it('sends a WAV of 16 kHz with every field that was given', async () => {
    await recorded.next('transcription-whisper.json');
    await hear(recorded.provider, { model: 'whisper-1', language: 'de', prompt: 'Herr Kaiser', temperature: 0.2, words: true });
    expect(form()).toMatchObject({ model: 'whisper-1', language: 'de', prompt: 'Herr Kaiser', temperature: '0.2', response_format: 'verbose_json' });
    const { form: sent } = recorded.server.requests[0]!;
    expect(sent!.getAll('timestamp_granularities[]')).toEqual(['word', 'segment']);
    const file = sent!.get('file') as File;
    expect([file.name, file.type, file.size]).toEqual(['speech.wav', 'audio/wav', 44 + 10 * 32_000]);
  });

  it('lengthens what is shorter than vendors take, and keeps times within what was given', async () => {
    await recorded.next('transcription-groq.json');
    const { segments } = await hear(recorded.provider, { samples: new Float32Array(1) });
    expect((recorded.server.requests[0]!.form!.get('file') as File).size).toBe(44 + 3_200);
    expect(segments[0]!.endSeconds).toBeLessThanOrEqual(1 / 16_000);
  });

  it('asks for the language where what was told before was none', async () => {
    await recorded.next('transcription-groq.json');
    await hear(recorded.provider, { language: 'und' });
    expect(form()).not.toHaveProperty('language');
  });

  it('reads segments and their figures', async () => {
    await recorded.next('transcription-whisper.json');
    const heard = await hear(recorded.provider);
    expect(heard).toMatchObject({ language: 'en', languageProbability: 1 });
    expect(heard.segments.map(({ text }) => text)).toEqual([' The beach was a popular spot on a hot summer day.', ' People were swimming in the ocean.']);
    expect(heard.segments[0]).toMatchObject({ startSeconds: 0, endSeconds: 3.319999933242798, averageLogProbability: -0.2860786020755768, temperature: 0 });
    expect(heard.segments[0]!.tokens).toContain(440);
    expect(heard.segments[0]!.words).toBeUndefined();
  });

  it('finds words that are told without their marks in the text of their segment', async () => {
    await recorded.next('transcription-whisper.json');
    const { segments } = await hear(recorded.provider, { words: true });
    for (const { text, words } of segments) expect(words!.map((word) => word.text).join('')).toBe(text);
    expect(segments[0]!.words!.at(-1)).toMatchObject({ text: ' day.', startSeconds: 2.6, endSeconds: 3 });
    expect(segments[1]!.words!.map(({ text }) => text)).toEqual([' People', ' were', ' swimming', ' in', ' the', ' ocean.']);
    expect(segments[1]!.words![0]!.probability).toBeCloseTo(Math.exp(-0.19));
  });

  it('reads trimmed segments and words with probabilities, as faster-whisper’s servers tell them', async () => {
    await recorded.next('transcription-faster-whisper.json');
    const { segments } = await hear(recorded.provider, { words: true });
    expect(segments.map(({ text }) => text)).toEqual([' Hello there.', ' General greetings!']);
    expect(segments[1]!.words).toEqual([
      { text: ' General', startSeconds: 1.2, endSeconds: 1.8, probability: 0.8 },
      { text: ' greetings!', startSeconds: 1.8, endSeconds: 2.6, probability: 0.97 },
    ]);
  });

  it('reads a language by its name in any case, and null for no words', async () => {
    await recorded.next('transcription-groq.json');
    expect(await hear(recorded.provider)).toMatchObject({ language: 'de', segments: [{ text: ' Guten Morgen, liebe Leute.', endSeconds: 4.2 }] });
  });

  it.each(['gpt-4o-transcribe', 'gpt-4o-mini-transcribe-2025-12-15', 'gpt-transcribe', 'openai/gpt-4o-transcribe'])('reads the text alone of %s as one segment', async (model) => {
    await recorded.next('transcription-gpt-4o.json');
    const heard = await hear(recorded.provider, { model, seconds: 3 });
    expect(form()['response_format']).toBe('json');
    expect(heard).toMatchObject({ language: 'und', languageProbability: 0, segments: [{ text: " Imagine the wildest idea that you've ever had.", startSeconds: 0, endSeconds: 3 }] });
  });

  it('hears nothing in silence', async () => {
    await recorded.next('transcription-silence.json');
    expect((await hear(recorded.provider, { words: true })).segments).toEqual([]);
  });

  it('translates on the route for it, which takes no language', async () => {
    await recorded.next('transcription-whisper.json');
    const heard = await hear(recorded.provider, { task: 'translate', language: 'fr' });
    expect(recorded.server.requests[0]!.path).toBe('/openai/v1/audio/translations');
    expect(form()).not.toHaveProperty('language');
    expect(heard.language).toBe('fr');
  });

  it('refuses times of words where none can be had, before anybody is asked', async () => {
    await expect(hear(recorded.provider, { model: 'gpt-4o-transcribe', words: true })).rejects.toMatchObject({ code: 'input_unsupported', param: 'words' });
    await expect(hear(recorded.provider, { task: 'translate', words: true })).rejects.toMatchObject({ code: 'input_unsupported', param: 'words' });
    expect(recorded.server.requests).toHaveLength(0);
  });

  it('takes an answer without the times that it asked for as none', async () => {
    await recorded.next('transcription-groq.json');
    await expect(hear(recorded.provider, { words: true })).rejects.toMatchObject({ code: 'provider_failed' });
  });
});

describe('chat of an openai provider', () => {
  it('sends what was given and nothing else', async () => {
    await converse(recorded.provider);
    expect(json()).toEqual({ model: 'some-model', messages: question, stream: true, stream_options: { include_usage: true } });
    const schema = { type: 'object', properties: {}, required: [], additionalProperties: false };
    await converse(recorded.provider, { maxTokens: 50, temperature: 0, topP: 0.5, seed: 7, stop: ['END'], format: { type: 'json_schema', name: 'answer', schema } });
    expect(json()).toMatchObject({ max_tokens: 50, temperature: 0, top_p: 0.5, seed: 7, stop: ['END'], response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } } });
    await converse(recorded.provider, { format: { type: 'json_object' } });
    expect(json()).toMatchObject({ response_format: { type: 'json_object' } });
  });

  it.each([
    ['chat-openai.sse', 'Hello wörld!', 'stop', { promptTokens: 19, completionTokens: 10 }],
    ['chat-groq.sse', 'Hi there', 'length', { promptTokens: 7, completionTokens: 2 }],
    ['chat-llama-cpp.sse', 'Good day.', 'stop', { promptTokens: 20, completionTokens: 9 }],
    ['chat-ollama.sse', 'Hi.', 'stop', { promptTokens: 8, completionTokens: 1 }],
    ['chat-without-done.sse', 'All of it.', 'stop', { promptTokens: 8, completionTokens: 3 }],
  ])('reads %s', async (file, text, finishReason, usage) => {
    await recorded.next(file);
    expect(await converse(recorded.provider)).toEqual({ text, end: { type: 'chat.end', finishReason, usage } });
  });

  it.each([
    ['chat-error-in-stream.sse', 'provider_failed'], ['chat-vllm-error-in-stream.sse', 'provider_failed'], ['chat-context-in-stream.sse', 'context_too_long'], ['chat-without-end.sse', 'provider_unreachable'], ['chat-filtered.sse', 'provider_rejected'],
  ])('takes %s as %s', async (file, code) => {
    await recorded.next(file);
    await expect(converse(recorded.provider)).rejects.toMatchObject({ code });
    await expect.poll(() => recorded.server.openAnswers()).toBe(0);
  });

  it.each([
    ['error-401.json', 401, 'provider_key_refused'],
    ['error-429-quota.json', 429, 'provider_limited'],
    ['error-429-groq.json', 429, 'provider_limited'],
    ['error-400-context.json', 400, 'context_too_long'],
    ['error-400-vllm-context.json', 400, 'context_too_long'],
    ['error-400-llama-cpp-context.json', 400, 'context_too_long'],
    ['error-404-ollama.json', 404, 'provider_rejected'],
    ['error-404-fastapi.json', 404, 'provider_failed'],
    ['error-422-fastapi.json', 422, 'provider_rejected'],
    ['error-503.json', 503, 'provider_failed'],
  ])('takes %s with status %d as %s', async (file, status, code) => {
    await recorded.next(file, status, { 'retry-after': '3' });
    await expect(converse(recorded.provider)).rejects.toMatchObject({ code, ...(status === 429 || status === 503 ? { retryAfterSeconds: 3 } : {}) });
  });

  it('says that a quota is used up where it is', async () => {
    await recorded.next('error-429-quota.json', 429);
    await expect(converse(recorded.provider)).rejects.toThrow(/quota/);
  });

  it('takes a refusal that is about the schema as such, where one was sent', async () => {
    await recorded.next('error-400-schema.json', 400);
    await expect(converse(recorded.provider, { format: { type: 'json_schema', name: 'answer', schema: {} } })).rejects.toMatchObject({ code: 'schema_unsupported', param: 'response_format' });
    await recorded.next('error-400-schema.json', 400);
    await expect(converse(recorded.provider)).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  it('estimates what was used where a server tells nothing', async () => {
    recorded.server.content.tellsUsage = false;
    const { end } = await converse(recorded.provider);
    expect(end).toMatchObject({ usage: { promptTokens: 8, completionTokens: 9 } });
  });
});

describe('embeddings of an openai provider', () => {
  const embed = (texts: readonly string[]) => recorded.provider.embeddings!('text-embedding-3-small').embed(texts, new AbortController().signal);

  it.each(['embeddings-float.json', 'embeddings-base64.json'])('gives vectors of length 1 in the order of the texts from %s', async (file) => {
    await recorded.next(file);
    const { vectors, tokens } = await embed(['one', 'two']);
    expect(vectors.map((vector) => [...vector].map((value) => Math.round(value * 1_000) / 1_000))).toEqual([[1, 0, 0], [0, -0.6, 0.8]]);
    expect(tokens).toBe(5);
    expect(json()).toEqual({ model: 'text-embedding-3-small', input: ['one', 'two'] });
  });

  it('takes an answer that lacks a vector as none', async () => {
    await recorded.next('embeddings-float.json');
    await expect(embed(['one', 'two', 'three'])).rejects.toMatchObject({ code: 'provider_failed' });
  });

  it('refuses an empty text before anybody is asked', async () => {
    await expect(embed(['one', ' '])).rejects.toMatchObject({ code: 'input_empty' });
    expect(recorded.server.requests).toHaveLength(0);
  });
});

describe('an openai provider', () => {
  it('names its models when it is checked', async () => {
    await recorded.next('models.json');
    expect(await recorded.provider.check(new AbortController().signal)).toMatchObject({ models: ['gpt-4o-mini', 'whisper-1'], quota: undefined });
  });

  it.each([
    ['https://api.openai.com/v1', { speechFormat: 'pcm', maxTokensField: 'max_completion_tokens' }],
    ['https://mine.openai.azure.com/openai/v1', { speechFormat: 'pcm', maxTokensField: 'max_completion_tokens' }],
    ['https://api.groq.com/openai/v1', { speechFormat: 'wav', maxTokensField: 'max_completion_tokens' }],
    ['http://127.0.0.1:11434/v1', { speechFormat: 'pcm', maxTokensField: 'max_tokens' }],
    ['https://notopenai.com.example.org/v1', { speechFormat: 'pcm', maxTokensField: 'max_tokens' }],
  ])('%s is asked as that server wants it', (baseUrl, traits) => {
    expect(traitsOf(baseUrl)).toEqual(traits);
  });
});
