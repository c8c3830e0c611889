/** The route that the web page listens with, on a use case that hears what a script says. */
import fastify, { type FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { AntiphonError, toAntiphonError } from '../../errors.ts';
import type { TranscribeRequest, TranscriptPart, TranscriptSegment, Transcription } from '../../transcription/transcript.ts';
import { registerTranscriptionRoutes } from './transcriptions.ts';

type Script = (request: TranscribeRequest, signal: AbortSignal) => AsyncGenerator<TranscriptPart>;

const path = '/api/v1/transcriptions';
const word = (text: string, startSeconds: number) => ({ text, startSeconds, endSeconds: startSeconds + 0.4, probability: 0.9 });
const segment = (index: number, ...texts: readonly string[]): TranscriptSegment => {
  const words = texts.map((text, at) => word(text, index + at / 2));
  return { index, text: texts.join(''), startSeconds: index, endSeconds: index + 1, words, tokens: [], temperature: 0, averageLogProbability: 0, compressionRatio: 1, noSpeechProbability: 0 };
};
async function* twoParts(): AsyncGenerator<TranscriptPart> {
  yield { segments: [segment(0, ' Nobody', ' came.')], doneSeconds: 1 };
  yield { segments: [], doneSeconds: 1.5 };
  yield { segments: [segment(1, ' Why?')], doneSeconds: 2 };
}

let folder: string;
let app: FastifyInstance;
let address: string;
let asked: TranscribeRequest[];
let script: Script;
let refusal: AntiphonError | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'antiphon-transcriptions-'));
  [asked, script, refusal] = [[], twoParts, undefined];
  app = fastify();
  app.setErrorHandler((thrown, _request, reply) => {
    const { status, code, message, param } = toAntiphonError(thrown);
    return reply.code(status).send({ code, message, param });
  });
  await registerTranscriptionRoutes(app, {
    transcribe: async (request, signal): Promise<Transcription> => {
      asked.push(request);
      if (refusal) throw refusal;
      return { provider: 'local', model: 'whisper/base', insteadOf: undefined, expectedSeconds: 2, parts: script(request, signal), summary: () => ({ language: 'en', languageProbability: 0.98, durationSeconds: 2, speechSeconds: 1.8 }) };
    },
    models: async () => [{ modelId: 'whisper/base', engine: 'whisper', languages: ['en', 'fr'], translates: true }],
    uploads: { folder, maxBytes: 100_000, stallTimeoutMs: 10_000 },
    stallTimeoutMs: 10_000,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}${path}`;
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

function form(fields: Readonly<Record<string, string>> = {}, file: string | null = 'sound'): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  if (file !== null) body.set('file', new Blob([file]), 'talk.wav');
  return body;
}
const post = (body: FormData, signal?: AbortSignal) => fetch(address, { method: 'POST', body, ...(signal ? { signal } : {}) });
const events = (text: string) => text.split('\n\n').filter((block) => block !== '').map((block) => {
  const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(block)!;
  return [name!, JSON.parse(data!) as Record<string, unknown>] as const;
});

describe('a recording', () => {
  it('is answered with its words while they are heard, and with all of them at the end', async () => {
    const answer = await post(form());
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(events(await answer.text())).toEqual([
      ['started', { provider: 'local', model: 'whisper/base', instead_of: null, expected_seconds: 2 }],
      ['part', { segments: [{ id: 0, start: 0, end: 1, text: ' Nobody came.', words: [{ text: ' Nobody', start: 0, end: 0.4, probability: 0.9 }, { text: ' came.', start: 0.5, end: 0.9, probability: 0.9 }] }], done_seconds: 1 }],
      ['part', { segments: [], done_seconds: 1.5 }],
      ['part', { segments: [{ id: 1, start: 1, end: 2, text: ' Why?', words: [{ text: ' Why?', start: 1, end: 1.4, probability: 0.9 }] }], done_seconds: 2 }],
      ['done', { language: 'en', language_probability: 0.98, duration_seconds: 2, speech_seconds: 1.8, text: 'Nobody came. Why?', captions: {} }],
    ]);
  });

  it('arrives as it was sent, with what was asked, and is gone afterwards', async () => {
    let heard = '';
    script = async function* read(request) { heard = String(await readFile(request.path)); yield* twoParts(); };
    await (await post(form({ model: 'tiny.en', language: 'en', task: 'translate', prompt: 'Nguyễn', words: 'false' }, 'the very bytes'))).text();
    expect(heard).toBe('the very bytes');
    expect(asked).toMatchObject([{ model: 'tiny.en', language: 'en', task: 'translate', prompt: 'Nguyễn', words: false }]);
    await until('the file is removed', () => readdirSync(folder).length === 0);
  });

  it('has no words where none are wanted, and captions where they are', async () => {
    const [, part, , , done] = events(await (await post(form({ words: 'false', captions: 'srt,vtt' }))).text());
    expect(part![1]).not.toHaveProperty('segments.0.words');
    expect(done![1]['captions']).toEqual({ srt: expect.stringMatching(/^1\n00:00:0\d,\d{3} --> /), vtt: expect.stringMatching(/^WEBVTT\n/) });
    expect(asked[0]!.words).toBe(true);
  });

  it('is told to have failed half-way', async () => {
    script = async function* fail() { yield { segments: [segment(0, ' Nobody')], doneSeconds: 1 }; throw new AntiphonError('worker_lost', 'The worker died.'); };
    const all = events(await (await post(form())).text());
    expect(all.map(([name]) => name)).toEqual(['started', 'part', 'error']);
    expect(all[2]![1]).toMatchObject({ error: { code: 'worker_lost', message: 'The worker died.' } });
  });

  it('is given up when the client leaves, and its file removed', async () => {
    let isOver = false;
    script = async function* endless(_request, signal) {
      try {
        yield { segments: [segment(0, ' Nobody')], doneSeconds: 1 };
        await once(signal, 'abort');
        signal.throwIfAborted();
      } finally { isOver = true; }
    };
    const left = new AbortController();
    const answer = await post(form(), left.signal);
    await answer.body!.getReader().read();
    expect(existsSync(asked[0]!.path)).toBe(true);
    left.abort();
    await until('the work ends', () => isOver);
    await until('the file is removed', () => readdirSync(folder).length === 0);
  });
});

describe('what is refused', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an unknown task', { task: 'sing' }, 'task'], ['words that are neither', { words: 'maybe' }, 'words'],
    ['captions that do not exist', { captions: 'srt,ass' }, 'captions.1'], ['an empty model', { model: '' }, 'model'], ['an unknown field', { speed: '2' }, 'speed'],
  ])('is %s, by name', async (_name, fields, param) => {
    const answer = await post(form(fields));
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'input_invalid', param }]);
    expect(asked).toEqual([]);
  });

  it('is a form without a file', async () => {
    const answer = await post(form({}, null));
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'input_invalid', param: 'file' }]);
  });

  it('is answered with its own status where nothing was heard yet', async () => {
    refusal = new AntiphonError('audio_unreadable', 'This is no audio.', { param: 'file' });
    const answer = await post(form());
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'audio_unreadable', param: 'file' }]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('the models that could hear now are listed with what they understand', async () => {
  expect(await (await fetch(`${address}/models`)).json()).toEqual({ models: [{ model: 'whisper/base', languages: ['en', 'fr'], translates: true }] });
});
