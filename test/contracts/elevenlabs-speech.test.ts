/** The unmodified `@elevenlabs/elevenlabs-js` package against a running server: speech over HTTP, and what is refused. */
import { ElevenLabsClient, ElevenLabsError } from '@elevenlabs/elevenlabs-js';
import type { ElevenLabs } from '@elevenlabs/elevenlabs-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeTrustedAudio } from '../../src/audio/decode.ts';
import { fromS16le } from '../../src/audio/pcm.ts';
import { hear, hearPcm } from '../support/hearing.ts';
import { longText, queueOf } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;
let client: ElevenLabsClient;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '2' } });
  client = new ElevenLabsClient({ baseUrl: server.url, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => server.stop());

const rachel = '21m00Tcm4TlvDq8ikWAM';
const sentence = 'The quick brown fox jumps over the lazy dog.';
const flash = 'eleven_flash_v2_5';
type Body = Partial<ElevenLabs.BodyTextToSpeechFull>;

async function read(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

async function convert(body: Body = {}, voice = rachel): Promise<{ bytes: Buffer; headers: Headers }> {
  const { data, rawResponse } = await client.textToSpeech.convert(voice, { text: sentence, modelId: flash, ...body }).withRawResponse();
  return { bytes: await read(data), headers: rawResponse.headers };
}

/** What a client that does not follow the types may send. */
async function ask(path: string, body: unknown): Promise<{ status: number; body: { detail: unknown } }> {
  const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'xi-api-key': 'none' }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() as { detail: unknown } };
}

const allFormats = ['mp3_22050_32', 'mp3_24000_48', 'mp3_44100_32', 'mp3_44100_64', 'mp3_44100_96', 'mp3_44100_128', 'mp3_44100_192', 'pcm_8000', 'pcm_16000', 'pcm_22050', 'pcm_24000', 'pcm_32000', 'pcm_44100', 'pcm_48000', 'wav_8000', 'wav_16000', 'wav_22050', 'wav_24000', 'wav_32000', 'wav_44100', 'wav_48000', 'ulaw_8000', 'alaw_8000', 'opus_48000_32', 'opus_48000_64', 'opus_48000_96', 'opus_48000_128', 'opus_48000_192'] as const;

describe('speech', () => {
  it.each(allFormats)('as %s has its rate and its bitrate, and the same words', async (outputFormat) => {
    const [codec, rateHz, kbps] = outputFormat.split('_');
    const { bytes, headers } = await convert({ outputFormat, text: 'Good morning to all of you.' });
    const { seconds, rms, sampleRateHz } = codec === 'pcm' ? hearPcm(bytes, Number(rateHz)) : await hear(bytes, codec!);
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(3);
    expect(rms).toBeGreaterThan(0.02);
    expect(sampleRateHz).toBe(Number(rateHz));
    expect(headers.get('x-antiphon-sample-rate')).toBe(rateHz);
    if (codec === 'mp3') expect(bytes.length * 8 / seconds / 1000 / Number(kbps)).toBeCloseTo(1, 0);
  });

  it('is mp3 at 44.1 kHz and 128 kbit/s where no format is named, with the headers that clients read', async () => {
    const { bytes, headers } = await convert();
    const { seconds, sampleRateHz } = await hear(bytes, 'mp3');
    expect(sampleRateHz).toBe(44_100);
    expect(bytes.length * 8 / seconds).toBeGreaterThan(115_000);
    expect(headers.get('content-type')).toBe('audio/mpeg');
    expect(headers.get('request-id')).toBe(headers.get('x-request-id'));
    expect(headers.get('character-cost')).toBe(String(sentence.length));
  });

  it('reaches the client in pieces while the rest of the text is still to be spoken', async () => {
    const stream = await client.textToSpeech.stream(rachel, { text: longText(12), modelId: flash }, { headers: { 'x-request-id': 'eleven-streaming' } });
    const reader = stream.getReader();
    const first = await reader.read();
    const entry = (await queueOf(server.url)).requests.find(({ id }) => id === 'eleven-streaming');
    let bytes = first.value!.length;
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
    expect(entry).toMatchObject({ phase: 'speaking' });
    expect(bytes).toBeGreaterThan(first.value!.length * 5);
    await until('the queue is empty', async () => (await queueOf(server.url)).requests.length === 0);
  });

  it('takes what clients send by default, and heeds speed', async () => {
    const settings = { stability: 0.5, similarityBoost: 0.75, style: 0, useSpeakerBoost: true };
    const [slow, fast] = await Promise.all([0.7, 1.2].map(async (speed) => hearPcm((await convert({ outputFormat: 'pcm_16000', voiceSettings: { ...settings, speed } })).bytes, 16_000).seconds));
    expect(slow! / fast!).toBeGreaterThan(1.4);
    expect(slow! / fast!).toBeLessThan(2.1);
    const { headers } = await convert({
      text: 'Yes.', voiceSettings: settings, seed: 42, previousText: 'Before.', nextText: 'After.', previousRequestIds: ['a'], nextRequestIds: ['b'], usePvcAsIvc: false,
      pronunciationDictionaryLocators: [], applyTextNormalization: 'auto', applyLanguageTextNormalization: false, languageCode: 'en', enableLogging: false, optimizeStreamingLatency: 4,
    });
    expect(headers.get('x-antiphon-engine')).toBe('piper');
  });

  it.each([['eleven_flash_v2_5', 'piper'], ['eleven_turbo_v2_5', 'piper'], ['eleven_multilingual_v2', 'kokoro'], ['eleven_v3', 'kokoro'], [undefined, 'kokoro'], ['flite', 'flite']])('answers the model %s with %s', async (modelId, engine) => {
    const { headers, bytes } = await convert({ text: 'Yes.', outputFormat: 'pcm_16000', modelId: modelId as string });
    expect(headers.get('x-antiphon-engine')).toBe(engine);
    expect(hearPcm(bytes, 16_000).rms).toBeGreaterThan(0.01);
  });

  it.each([
    ['George', 'JBFqnCBsd6RMkjVDRZzb', 'eleven_multilingual_v2', 'bm_george'],
    ['a local voice of the model', 'bf_emma', 'eleven_multilingual_v2', 'bf_emma'],
    ['a local voice of another engine than the model\'s', 'bf_emma', 'eleven_flash_v2_5', 'bf_emma'],
    ['a Piper voice under a fine model', 'en_US-joe-medium', 'eleven_v3', 'en_US-joe-medium'],
    ['a blend', 'af_heart:0.6+am_adam:0.4', 'eleven_v3', 'af_heart:0.6+am_adam:0.4'],
    ['an OpenAI preset', 'nova', 'eleven_v3', 'af_nova'],
  ])('speaks with %s', async (_name, voice, modelId, local) => {
    const { headers } = await convert({ text: 'Yes.', modelId }, voice);
    expect(headers.get('x-antiphon-voice')).toBe(local);
  });

  it('lets another voice speak for a premade one in another language', async () => {
    const { headers } = await convert({ text: 'Buenos días.', modelId: 'eleven_multilingual_v2', languageCode: 'es' });
    expect(headers.get('x-antiphon-voice')).toBe('ef_dora');
  });

  it('says the same text the same way again, with the fine voices', async () => {
    const [one, two] = [await convert({ text: 'Again.', modelId: 'eleven_multilingual_v2', outputFormat: 'pcm_16000' }), await convert({ text: 'Again.', modelId: 'eleven_multilingual_v2', outputFormat: 'pcm_16000' })];
    expect(one.bytes.equals(two.bytes)).toBe(true);
  });
});

describe('timestamps', () => {
  const text = 'Come in, please. I paid $5 on Monday 😀, my friend.';

  function expectWhole({ characters, characterStartTimesSeconds: starts, characterEndTimesSeconds: ends }: ElevenLabs.CharacterAlignmentResponseModel, said: string, seconds: number): void {
    expect(characters.join('')).toBe(said);
    expect(starts).toHaveLength(characters.length);
    expect(ends).toHaveLength(characters.length);
    starts.forEach((start, i) => expect(ends[i]).toBeGreaterThanOrEqual(start));
    starts.slice(1).forEach((start, i) => expect(start).toBeGreaterThanOrEqual(starts[i]!));
    // The last mark may reach into silence that the voice made and that was cut off.
    expect(ends.at(-1)).toBeLessThanOrEqual(seconds + 0.2);
    expect(ends.at(-1)).toBeGreaterThan(seconds * 0.7);
  }

  it('come with the whole audio: the characters are the text', async () => {
    const { audioBase64, alignment, normalizedAlignment } = await client.textToSpeech.convertWithTimestamps(rachel, { text, modelId: flash });
    const { seconds } = await hear(Buffer.from(audioBase64, 'base64'), 'mp3');
    expectWhole(alignment!, text, seconds);
    expectWhole(normalizedAlignment!, normalizedAlignment!.characters.join(''), seconds);
    expect(normalizedAlignment!.characters.join('')).toMatch(/please\. I paid/);
  });

  it('hold the markup of the text too, which is heard and not said', async () => {
    const marked = 'Wait for it. <break time="1.5s"/> <phoneme alphabet="ipa" ph="həˈloʊ">Hi</phoneme> there.';
    const plain = await client.textToSpeech.convertWithTimestamps(rachel, { text: 'Wait for it. Hello there.', modelId: flash, outputFormat: 'pcm_16000' });
    const { audioBase64, alignment, normalizedAlignment } = await client.textToSpeech.convertWithTimestamps(rachel, { text: marked, modelId: flash, outputFormat: 'pcm_16000' });
    const [paused, unpaused] = [audioBase64, plain.audioBase64].map((audio) => hearPcm(Buffer.from(audio, 'base64'), 16_000).seconds);
    expect(paused! - unpaused!).toBeGreaterThan(0.8);
    expect(paused! - unpaused!).toBeLessThan(2);
    expect(alignment!.characters.join('')).toBe(marked);
    expect(normalizedAlignment!.characters.join('')).not.toContain('<');
  });

  it('come piece by piece with streamed audio, each on the clock of the whole', async () => {
    const chunks: ElevenLabs.StreamingAudioChunkWithTimestampsResponse[] = [];
    for await (const chunk of await client.textToSpeech.streamWithTimestamps(rachel, { text, modelId: flash, outputFormat: 'pcm_16000' })) chunks.push(chunk);
    const audio = Buffer.concat(chunks.map(({ audioBase64 }) => Buffer.from(audioBase64, 'base64')));
    const told = chunks.flatMap(({ alignment }) => alignment ?? []);
    expect(chunks.length).toBeGreaterThan(5);
    expect(told.length).toBeGreaterThan(1);
    expectWhole({
      characters: told.flatMap(({ characters }) => characters),
      characterStartTimesSeconds: told.flatMap(({ characterStartTimesSeconds }) => characterStartTimesSeconds),
      characterEndTimesSeconds: told.flatMap(({ characterEndTimesSeconds }) => characterEndTimesSeconds),
    }, text, hearPcm(audio, 16_000).seconds);
  });

  it.each(['eleven_flash_v2_5', 'eleven_multilingual_v2'])('lie where the sound resumes after a pause, within 30 ms: %s', async (modelId) => {
    for (const paused of ['When the winter was over, nobody remembered the snow.', 'Early in the morning, people were already waiting.']) {
      const { audioBase64, alignment } = await client.textToSpeech.convertWithTimestamps(rachel, { text: paused, modelId, outputFormat: 'pcm_24000' });
      const resumedAt = endOfLongestSilence(fromS16le(Buffer.from(audioBase64, 'base64')), 24_000);
      expect(Math.abs(alignment!.characterStartTimesSeconds[paused.indexOf(',') + 2]! - resumedAt)).toBeLessThan(0.03);
    }
  });

  it('are null where the voice tells none', async () => {
    const { audioBase64, alignment, normalizedAlignment } = await client.textToSpeech.convertWithTimestamps(rachel, { text: 'Hello.', modelId: 'flite', outputFormat: 'opus_48000_32' });
    const { samples } = await decodeTrustedAudio({ bytes: Buffer.from(audioBase64, 'base64') });
    expect(samples.length).toBeGreaterThan(10_000);
    expect(alignment ?? null).toBeNull();
    expect(normalizedAlignment ?? null).toBeNull();
  });
});

/** Seconds at which sound comes back after the longest stretch of near silence within the speech. */
function endOfLongestSilence(samples: Float32Array, rateHz: number): number {
  const frame = rateHz / 200;
  const levels = Array.from({ length: Math.floor(samples.length / frame) }, (_, i) => Math.hypot(...samples.subarray(i * frame, (i + 1) * frame)));
  const quiet = Math.max(...levels) * 0.04;
  const loud = levels.flatMap((level, i) => (level < quiet ? [] : [i]));
  const gaps = loud.slice(1).map((at, i) => ({ at, length: at - loud[i]! }));
  return gaps.reduce((longest, gap) => (gap.length > longest.length ? gap : longest)).at / 200;
}

describe('refusals', () => {
  const path = `/v1/text-to-speech/${rachel}`;

  it('know a voice that does not exist, as the client tells it', async () => {
    const error: unknown = await client.textToSpeech.convert('nobody', { text: 'Hi.' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ElevenLabsError);
    expect(error).toMatchObject({ statusCode: 404, body: { detail: { status: 'voice_not_found', code: 'voice_not_found', param: 'voice_id' } } });
  });

  it.each([
    ['no text', {}, ['body', 'text'], 'missing'],
    ['a text that is a number', { text: 5 }, ['body', 'text'], 'value_error'],
    ['an unknown field', { text: 'Hi.', temperature: 1 }, ['body', 'temperature'], 'value_error'],
    ['an unknown setting', { text: 'Hi.', voice_settings: { warmth: 1 } }, ['body', 'voice_settings', 'warmth'], 'value_error'],
    ['a setting out of range', { text: 'Hi.', voice_settings: { stability: 2 } }, ['body', 'voice_settings', 'stability'], 'value_error'],
    ['speed 9', { text: 'Hi.', voice_settings: { speed: 9 } }, ['body', 'voice_settings', 'speed'], 'value_error'],
    ['a seed out of range', { text: 'Hi.', seed: -1 }, ['body', 'seed'], 'value_error'],
    ['four previous requests', { text: 'Hi.', previous_request_ids: ['a', 'b', 'c', 'd'] }, ['body', 'previous_request_ids'], 'value_error'],
    ['a normalisation that is none', { text: 'Hi.', apply_text_normalization: 'maybe' }, ['body', 'apply_text_normalization'], 'value_error'],
    ['a break that is none', { text: 'One <break time="long"/> two.' }, ['body', 'text'], 'value_error'],
    ['a body that is a list', [], ['body'], 'value_error'],
    ['JSON that breaks off', '{"text":', ['body'], 'json_invalid'],
  ])('name the place of %s', async (_name, body, loc, type) => {
    const { status, body: answer } = await ask(path, body);
    expect(status).toBe(422);
    expect(answer).toEqual({ detail: [{ loc, msg: expect.any(String), type }] });
  });

  it.each([['output_format', 'midi'], ['output_format', 'pcm_11025'], ['optimize_streaming_latency', '5'], ['enable_logging', 'perhaps'], ['colour', 'red']])('name the query field %s', async (field, value) => {
    const { status, body } = await ask(`${path}?${field}=${value}`, { text: 'Hi.' });
    expect(status).toBe(422);
    expect(body).toMatchObject({ detail: [{ loc: ['query', field] }] });
  });

  it.each([
    ['an empty text', { text: '' }, 'input_text_empty', 'text'],
    ['punctuation', { text: '…!?' }, 'input_text_empty', 'text'],
    ['a text that is too long', { text: 'a'.repeat(4_097) }, 'max_character_limit_exceeded', 'text'],
    ['an unknown model', { text: 'Hi.', model_id: 'eleven_v99' }, 'model_not_found', 'model_id'],
    ['a dictionary', { text: 'Hi.', pronunciation_dictionary_locators: [{ pronunciation_dictionary_id: 'a' }] }, 'unsupported_parameter', 'pronunciation_dictionary_locators'],
    ['effects', { text: 'Hi.', audio_effects: { environment_id: 'hall' } }, 'unsupported_parameter', 'audio_effects'],
    ['a language that no voice here has', { text: 'Hi.', language_code: 'xx' }, 'unsupported_parameter', 'language_code'],
  ])('have a word for %s', async (_name, body, word, param) => {
    const { status, body: answer } = await ask(`${path}/stream`, body);
    expect(status).toBe(400);
    expect(answer).toEqual({ detail: { type: 'validation_error', code: word, status: word, message: expect.any(String), request_id: expect.stringMatching(/^req_/), param } });
    expect(JSON.stringify(answer)).not.toMatch(/undefined|\[object|\binput\b/);
  });

  it('hold to the language of a local voice that was named', async () => {
    const { status, body } = await ask('/v1/text-to-speech/bf_emma', { text: 'Hola.', language_code: 'es' });
    expect(status).toBe(400);
    expect(body).toMatchObject({ detail: { code: 'unsupported_parameter', param: 'language_code' } });
  });

  it.each(['/with-timestamps', '/stream/with-timestamps'])('are the same for %s', async (suffix) => {
    expect(await ask(`${path}${suffix}`, { text: '' })).toMatchObject({ status: 400, body: { detail: { status: 'input_text_empty' } } });
  });

  it('leave other vendors\' routes their own shape, whoever asks', async () => {
    const answer = await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json', 'xi-api-key': 'none' }, body: '{}' });
    expect(await answer.json()).toMatchObject({ error: { code: 'input_invalid' } });
  });

  it('never write a text into the log', () => {
    expect(server.output()).not.toContain('brown fox');
    expect(server.output()).not.toContain('"code":"internal"');
  });
});
