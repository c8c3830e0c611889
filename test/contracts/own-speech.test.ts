/** Antiphon's own speech API: audio with what is said when, captions, and how a text would be read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hearPcm } from '../support/hearing.ts';
import { longText, queueOf } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;

beforeAll(async () => { server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } }); });
afterAll(() => server.stop());

type Sentence = { index: number; start: number; end: number; spoken_text: string; start_seconds: number; end_seconds: number; words: { start: number; end: number; start_seconds: number; end_seconds: number }[] };
type Line = { type: string; audio?: string; sentences?: Sentence[]; sample_rate?: number; tells_words?: boolean; audio_seconds?: number; captions?: Record<string, string>; error?: { code: string } };

const json = { 'content-type': 'application/json' };

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${server.url}${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) });
}

async function linesOf(body: Record<string, unknown>): Promise<Line[]> {
  const answer = await post('/api/v1/speech', body);
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
  return (await answer.text()).trimEnd().split('\n').map((line) => JSON.parse(line) as Line);
}

const text = 'In 1999 the bells rang at noon. Nobody came.';
const pcmOf = (lines: readonly Line[]): Buffer => Buffer.concat(lines.flatMap(({ audio }) => (audio === undefined ? [] : [Buffer.from(audio, 'base64')])));
const sentencesOf = (lines: readonly Line[]): Sentence[] => lines.flatMap(({ sentences = [] }) => sentences);

describe('speech with its timings', () => {
  it('begins with the format, carries the audio, and tells when each word is heard', async () => {
    const lines = await linesOf({ input: text });
    expect(lines[0]).toMatchObject({ type: 'start', content_type: 'audio/pcm', sample_rate: 24_000, engine: 'piper', voice: 'en_US-joe-medium', instead_of: null, tells_words: true });
    const { seconds, rms } = hearPcm(pcmOf(lines));
    expect(rms).toBeGreaterThan(0.02);
    expect(lines.at(-1)).toMatchObject({ type: 'end', captions: {} });
    expect(lines.at(-1)!.audio_seconds).toBeCloseTo(seconds, 1);
    const sentences = sentencesOf(lines);
    expect(sentences.map(({ start, end }) => text.slice(start, end))).toEqual(['In 1999 the bells rang at noon.', 'Nobody came.']);
    const words = sentences.flatMap((sentence) => sentence.words);
    expect(words.map(({ start, end }) => text.slice(start, end))).toEqual(text.split(' '));
    for (const [index, word] of words.entries()) {
      expect(word.end_seconds).toBeGreaterThan(word.start_seconds);
      expect(word.start_seconds).toBeGreaterThanOrEqual(words[index - 1]?.end_seconds ?? 0);
    }
    expect(Math.abs(words.at(-1)!.end_seconds - seconds)).toBeLessThan(0.25);
  });

  it('tells sentences alone where the model knows no words', async () => {
    const lines = await linesOf({ input: 'One is here. Two is here.', model: 'flite' });
    expect(lines[0]).toMatchObject({ tells_words: false });
    const sentences = sentencesOf(lines);
    expect(sentences).toHaveLength(2);
    expect(sentences.every(({ words }) => words.length === 0)).toBe(true);
    expect(sentences[0]!.start_seconds).toBeGreaterThanOrEqual(0);
    expect(sentences[1]!.start_seconds).toBeGreaterThan(sentences[0]!.start_seconds);
  });

  it('encodes as asked, and ends with the captions that were asked for', async () => {
    const lines = await linesOf({ input: text, model: 'flite', response_format: 'mp3', sample_rate: 22_050, captions: ['srt', 'vtt', 'json'] });
    expect(lines[0]).toMatchObject({ content_type: 'audio/mpeg', sample_rate: 22_050 });
    const { srt, vtt, json: own } = lines.at(-1)!.captions!;
    expect(srt).toMatch(/^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\n/);
    expect(vtt).toMatch(/^WEBVTT\n\n00:00:00/);
    expect((JSON.parse(own!) as { sentences: unknown[] }).sentences).toHaveLength(2);
  });

  it('arrives while the rest is being made, and a client that leaves ends the making', async () => {
    const answer = await post('/api/v1/speech', { input: longText(30) });
    const reader = answer.body!.getReader();
    await reader.read();
    expect((await queueOf(server.url)).requests).toHaveLength(1);
    await reader.cancel();
    await until('the queue is empty', async () => (await queueOf(server.url)).requests.length === 0);
  });

  it('ends with an error line where it is cancelled half-way', async () => {
    const answer = await fetch(`${server.url}/api/v1/speech`, { method: 'POST', headers: { ...json, 'x-request-id': 'cancel-me-01' }, body: JSON.stringify({ input: longText(30) }) });
    await fetch(`${server.url}/api/v1/requests/cancel-me-01`, { method: 'DELETE' });
    const last = JSON.parse((await answer.text()).trimEnd().split('\n').at(-1)!) as Line;
    expect(last).toMatchObject({ type: 'error', error: { code: 'cancelled' } });
  });

  it.each([
    ['no text', {}, 'input'],
    ['an empty text', { input: ' ' }, 'input'],
    ['an unknown voice', { input: 'Hi.', voice: 'nobody' }, 'voice'],
    ['an unknown caption format', { input: 'Hi.', captions: ['ass'] }, 'captions.0'],
    ['an unknown markup', { input: 'Hi.', markup: 'html' }, 'markup'],
    ['a rate that the format does not have', { input: 'Hi.', response_format: 'opus', sample_rate: 44_100 }, 'sample_rate'],
    ['an unknown field', { input: 'Hi.', text: 'Hi.' }, 'text'],
  ])('is refused with %s', async (_name, body, param) => {
    const answer = await post('/api/v1/speech', body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param } });
  });
});

describe('how a text would be read', () => {
  it('is told sentence by sentence, with the sounds', async () => {
    const answer = await post('/api/v1/pronounce', { input: text });
    const body = (await answer.json()) as { language: string; sentences: { source: { text: string }; spoken: string; ipa: string | null }[] };
    expect(answer.status).toBe(200);
    expect(body).toMatchObject({ engine: 'piper', voice: 'en_US-joe-medium', language: 'en-US' });
    expect(body.sentences.map(({ source }) => source.text)).toEqual(['In 1999 the bells rang at noon.', 'Nobody came.']);
    expect(body.sentences[1]).toMatchObject({ spoken: 'Nobody came.', changes: [], pronunciations: [], ipa: 'nˈoʊbɑːdi kˈeɪm.' });
  });

  it('knows other languages by the voice, and no sounds where the voice has its own', async () => {
    const french = (await (await post('/api/v1/pronounce', { input: 'Bonjour.', model: 'kokoro', voice: 'ff_siwis' })).json()) as { language: string; sentences: { ipa: string }[] };
    expect(french.language).toMatch(/^fr/);
    expect(french.sentences[0]!.ipa).toContain('ʒ');
    const own = (await (await post('/api/v1/pronounce', { input: 'Hello.', model: 'flite' })).json()) as { sentences: { ipa: string | null }[] };
    expect(own.sentences[0]!.ipa).toBeNull();
  });

  it.each([['an empty text', { input: '' }, 400], ['an unknown model', { input: 'Hi.', model: 'tts-9' }, 404], ['an unknown field', { input: 'Hi.', speed: 2 }, 400]])('is refused with %s', async (_name, body, status) => {
    expect((await post('/api/v1/pronounce', body)).status).toBe(status);
  });
});
