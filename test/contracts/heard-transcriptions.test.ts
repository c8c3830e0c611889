/** The unmodified packages of three vendors against a running server, which hears what it has itself spoken. */
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import Groq from 'groq-sdk';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queueOf, speak } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

const sentence = 'It ran away in the evening, and nobody saw it again.';
const words = sentence.toLowerCase().match(/[a-z]+/g)!;

let server: StartedServer;
let openAi: OpenAI;
let speech: Buffer;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } });
  openAi = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  speech = (await speak(server.url, { input: sentence, response_format: 'mp3' })).bytes;
});
afterAll(async () => {
  expect(await uploads()).toEqual([]);
  await server.stop();
});

const uploads = () => readdir(join(server.dataDir, 'uploads')).catch(() => []);
const file = () => toFile(speech, 'speech.mp3');

/** Of the words that were said, the share that was heard, in any order. */
function heardOf(text: string): number {
  const heard: readonly string[] = text.toLowerCase().match(/[a-z]+/g) ?? [];
  return words.filter((word) => heard.includes(word)).length / words.length;
}

describe('OpenAI\'s package', () => {
  it('reads what was said, and when', async () => {
    const answer = await openAi.audio.transcriptions.create({ file: await file(), model: 'whisper-1', response_format: 'verbose_json', timestamp_granularities: ['word', 'segment'] });
    expect(heardOf(answer.text)).toBeGreaterThan(0.8);
    expect(answer).toMatchObject({ language: 'english', task: 'transcribe' });
    expect(answer.segments!.map(({ text }) => text).join('').trim()).toBe(answer.text);
    expect(answer.words!.map(({ word }) => word).join(' ')).toBe(answer.text);
    for (const [index, { start, end }] of answer.words!.entries()) {
      expect(end).toBeGreaterThanOrEqual(start);
      expect(start).toBeGreaterThanOrEqual(answer.words![index - 1]?.start ?? 0);
      expect(end).toBeLessThanOrEqual(answer.duration + 0.1);
    }
  });

  it('reads a stream whose deltas join to the whole', async () => {
    const events = await Array.fromAsync(await openAi.audio.transcriptions.create({ file: await file(), model: 'whisper-1', stream: true, language: 'en' }));
    const text = events.flatMap((event) => (event.type === 'transcript.text.delta' ? [event.delta] : [])).join('');
    expect(heardOf(text)).toBeGreaterThan(0.8);
    expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text });
  });

  it('reads captions', async () => {
    const captions = await openAi.audio.transcriptions.create({ file: await file(), model: 'whisper-1', response_format: 'vtt' });
    expect(captions).toMatch(/^WEBVTT\n\n00:00:0\d\.\d{3} --> 00:00:0\d\.\d{3}\n\w/);
    expect(heardOf(captions)).toBeGreaterThan(0.8);
  });

  it.each([
    ['audio_unreadable', 400, { file: new File(['no sound at all, '.repeat(100)], 'speech.mp3') }],
    ['model_not_found', 404, { model: 'gpt-4o-transcribe-diarize' }],
    ['language_unknown', 400, { language: 'Klingon' }],
  ])('hears of %s', async (code, status, body) => {
    await expect(openAi.audio.transcriptions.create({ file: await file(), model: 'whisper-1', ...body })).rejects.toMatchObject({ code, status });
  });

  it('ends the work where it leaves', async () => {
    const leave = new AbortController();
    const long = Buffer.concat(Array.from({ length: 20 }, () => speech));
    const answer = openAi.audio.transcriptions.create({ file: await toFile(long, 'long.mp3'), model: 'whisper-1' }, { signal: leave.signal });
    answer.catch(() => undefined);
    await until('it is heard', async () => (await queueOf(server.url)).requests.some(({ kind }) => kind === 'transcription'));
    leave.abort();
    await expect(answer).rejects.toThrow();
    await until('nothing is heard', async () => (await queueOf(server.url)).requests.length === 0);
  });
});

describe('Groq\'s package', () => {
  it('reads what was said', async () => {
    const groq = new Groq({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
    expect(heardOf((await groq.audio.transcriptions.create({ file: await file(), model: 'whisper-large-v3-turbo' })).text)).toBeGreaterThan(0.8);
    expect(heardOf((await groq.audio.translations.create({ file: await file(), model: 'whisper-large-v3' })).text)).toBeGreaterThan(0.8);
  });
});

describe('ElevenLabs\' package', () => {
  it.each(['mp3', 'pcm_s16le_16'] as const)('reads what was said in %s', async (format) => {
    const client = new ElevenLabsClient({ baseUrl: server.url, apiKey: 'none', maxRetries: 0 });
    const bytes = format === 'mp3' ? speech : await samplesOf(client);
    const answer = await client.speechToText.convert({ modelId: 'scribe_v1', file: new Blob([new Uint8Array(bytes)]), languageCode: 'eng', ...(format === 'mp3' ? {} : { fileFormat: format }) });
    expect(heardOf(answer.text)).toBeGreaterThan(0.8);
    expect(answer.words.map(({ text }) => text).join('')).toBe(answer.text);
    expect(answer.languageCode).toBe('eng');
  });
});

async function samplesOf(client: ElevenLabsClient): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of await client.textToSpeech.stream('JBFqnCBsd6RMkjVDRZzb', { text: sentence, modelId: 'eleven_flash_v2_5', outputFormat: 'pcm_16000' })) parts.push(part);
  return Buffer.concat(parts);
}

describe('a server that is killed in mid-upload', () => {
  it('leaves nothing behind once it runs again', async () => {
    const killed = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } });
    const folder = join(killed.dataDir, 'uploads');
    const upload = request(`${killed.url}/v1/audio/transcriptions`, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=a' } });
    upload.on('error', () => undefined);
    upload.write(`--a\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n${'a'.repeat(100_000)}`);
    await until('it lies there', async () => (await readdir(folder).catch(() => [])).length === 1);
    process.kill(killed.pid, 'SIGKILL');
    await killed.ended;
    expect(await readdir(folder)).toHaveLength(1);
    const again = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_DATA_DIR: killed.dataDir } });
    expect(await readdir(folder)).toEqual([]);
    await again.stop();
    await killed.stop();
  }, 300_000);
});
