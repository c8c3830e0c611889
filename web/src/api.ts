/** The one place that talks to the server. Every answer is checked; every failure is an ApiFailure in plain words. */
import type * as z from 'zod/mini';
import { pageKey, reportRefusal } from './access/page-key.ts';
import {
  errorSchema, healthSchema, importedSchema, modelsSchema, pronunciationsSchema, readingSchema, recentSchema, requestsSchema, speechLineSchema, voicesSchema,
  type ArtefactList, type Health, type Pronunciation, type Reading, type RecentList, type RequestList, type TimedSentence, type VoiceList,
} from './api-schemas.ts';
import { readLines } from './read-lines.ts';

export const audioFormats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm', 'ulaw', 'alaw'] as const;

export type AudioFormat = (typeof audioFormats)[number];

/** The body of POST /v1/audio/speech; `markup` goes into a header there. */
export type SpeechRequest = {
  readonly model: string;
  readonly voice: string;
  readonly input: string;
  readonly response_format: AudioFormat;
  /** 0.25…4. */
  readonly speed: number;
  /** Default: `none`. */
  readonly markup?: 'none' | 'ssml';
};

export type Speaker = {
  readonly engine: string;
  readonly voice: string;
  /** The engine that should have spoken, where another stood in. */
  readonly insteadOf: string | undefined;
};

export type SpeechStream = {
  readonly speaker: Speaker;
  readonly sampleRateHz: number;
  /** Bytes as they arrive. Throws ApiFailure `connection_cut` where the server broke off; leaving early cancels. */
  readonly bytes: AsyncGenerator<Uint8Array<ArrayBuffer>>;
};

export type TimedSpeech = {
  readonly speaker: Speaker;
  readonly sampleRateHz: number;
  /** Raw s16le samples and what is said in them, as they arrive. Throws ApiFailure; leaving early cancels. */
  readonly parts: AsyncGenerator<TimedPart>;
};

export type TimedPart = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sentences: readonly TimedSentence[];
  /** With the last part of a speech that is complete: file format → file. */
  readonly captions?: Readonly<Record<string, string>>;
};

/** What `captions` of a TimedPart holds. */
export const captionFormats = ['srt', 'vtt'] as const;

/** A failure with the server's own code, or one of `unreachable`, `connection_cut`, `answer_unreadable`. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: string;
  /** The field at fault, in the words of the request body. */
  readonly param: string | undefined;

  constructor(code: string, message: string, param?: string) {
    super(message);
    this.code = code;
    this.param = param;
  }
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}

export async function fetchHealth(signal: AbortSignal): Promise<Health> {
  // 503 carries the same report: the server is there, but cannot serve. It is for anybody: a key that is refused would hide it.
  const response = await send('/health', { signal, key: null });
  return check(healthSchema, await readJson(response));
}

export async function fetchVoices(signal: AbortSignal): Promise<VoiceList> {
  return getJson('/api/v1/voices', voicesSchema, signal);
}

export async function fetchModels(signal: AbortSignal): Promise<ArtefactList> {
  return getJson('/api/v1/models', modelsSchema, signal);
}

/** The list, and the server's clock in milliseconds: ages must not depend on this device's clock. */
export async function fetchRequests(signal: AbortSignal): Promise<RequestList & { readonly serverNowMs: number }> {
  const response = await sendOk('/api/v1/requests', { signal });
  const serverNowMs = Date.parse(response.headers.get('date') ?? '');
  return { ...check(requestsSchema, await readJson(response)), serverNowMs: Number.isNaN(serverNowMs) ? Date.now() : serverNowMs };
}

export async function fetchRecent(signal: AbortSignal): Promise<RecentList> {
  return getJson('/api/v1/requests/recent', recentSchema, signal);
}

export async function cancelRequest(id: string, signal: AbortSignal): Promise<void> {
  await sendOk(`/api/v1/requests/${encodeURIComponent(id)}`, { method: 'DELETE', signal });
}

/** How the text would be read, without speaking it. */
export async function fetchReading({ input, model, voice, markup }: SpeechRequest, signal: AbortSignal): Promise<Reading> {
  const response = await sendOk('/api/v1/pronounce', jsonBody('POST', { input, model, voice, markup }, signal));
  return check(readingSchema, await readJson(response));
}

const pronunciationsPath = '/api/v1/pronunciations';

export async function fetchPronunciations(signal: AbortSignal): Promise<readonly Pronunciation[]> {
  return (await getJson(pronunciationsPath, pronunciationsSchema, signal)).pronunciations;
}

/** How a word shall be said: spelled as it sounds, or in IPA. An entry of the same word is replaced. */
export type NewPronunciation = { readonly word: string } & ({ readonly respelling: string } | { readonly ipa: string });

export async function savePronunciation(entry: NewPronunciation, signal: AbortSignal): Promise<void> {
  await sendOk(pronunciationsPath, jsonBody('PUT', entry, signal));
}

export async function removePronunciation(id: string, signal: AbortSignal): Promise<void> {
  await sendOk(`${pronunciationsPath}/${encodeURIComponent(id)}`, { method: 'DELETE', signal });
}

/** A lexicon (W3C PLS); gives how many words it had. */
export async function importPronunciations(file: File, signal: AbortSignal): Promise<number> {
  const response = await sendOk(`${pronunciationsPath}/import`, { method: 'POST', headers: { 'content-type': 'application/pls+xml' }, body: file, signal });
  return check(importedSchema, await readJson(response)).imported;
}

/** Aborting the signal closes the connection, upon which the server ends the inference. */
export async function requestSpeech({ markup, ...request }: SpeechRequest, signal: AbortSignal): Promise<SpeechStream> {
  const response = await sendOk('/v1/audio/speech', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(markup === 'ssml' ? { 'x-antiphon-markup': markup } : {}) },
    body: JSON.stringify(request),
    signal,
  });
  const { headers, body } = response;
  if (body === null) throw new ApiFailure('answer_unreadable', 'The server sent no audio.');
  return {
    speaker: {
      engine: headers.get('x-antiphon-engine') ?? request.model,
      voice: headers.get('x-antiphon-voice') ?? request.voice,
      insteadOf: headers.get('x-antiphon-instead-of') ?? undefined,
    },
    sampleRateHz: Number(headers.get('x-antiphon-sample-rate') ?? 24_000),
    bytes: readBytes(body),
  };
}

/** The same with the time of every word, always raw samples. */
export async function requestTimedSpeech(request: SpeechRequest, signal: AbortSignal): Promise<TimedSpeech> {
  const { body } = await sendOk('/api/v1/speech', jsonBody('POST', { ...request, response_format: 'pcm', captions: captionFormats }, signal));
  if (body === null) throw new ApiFailure('answer_unreadable', 'The server sent no audio.');
  const lines = readLines(readBytes(body));
  const start = readSpeechLine((await lines.next()).value);
  if (start.type !== 'start') throw new ApiFailure('answer_unreadable', 'The server’s answer did not begin as it should.');
  return {
    speaker: { engine: start.engine, voice: start.voice, insteadOf: start.instead_of ?? undefined },
    sampleRateHz: start.sample_rate,
    parts: toParts(lines),
  };
}

async function* toParts(lines: AsyncGenerator<string>): AsyncGenerator<TimedPart> {
  for await (const text of lines) {
    const line = readSpeechLine(text);
    if (line.type === 'part') yield { bytes: fromBase64(line.audio), sentences: line.sentences };
    if (line.type !== 'end') continue;
    return yield { bytes: new Uint8Array(0), sentences: [], captions: line.captions };
  }
  throw new ApiFailure('connection_cut', 'The connection was cut before the speech was complete.');
}

function readSpeechLine(text: string | undefined): z.infer<typeof speechLineSchema> {
  const line = check(speechLineSchema, parseJson(text ?? ''));
  if (line.type === 'error') throw new ApiFailure(line.error.code, line.error.message, line.error.param ?? undefined);
  return line;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiFailure('connection_cut', 'The connection was cut before the speech was complete.');
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function* readBytes(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } catch (thrown) {
    ended = true;
    if (isAbort(thrown)) throw thrown;
    throw new ApiFailure('connection_cut', 'The connection was cut before the speech was complete.');
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}

export function jsonBody(method: 'POST' | 'PUT', body: object, signal: AbortSignal): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal };
}

export async function getJson<Schema extends z.ZodMiniType>(path: string, schema: Schema, signal: AbortSignal): Promise<z.infer<Schema>> {
  return check(schema, await readJson(await sendOk(path, { signal })));
}

/** `key`: one to be tried, or null for none; else that of the page. */
export type SendInit = RequestInit & { readonly key?: string | null | undefined };

/** OpenAI's word for a key that is missing and for one that is wrong; other refusals are about what the key may do. */
const keyCode = 'invalid_api_key';

export async function sendOk(path: string, init: SendInit): Promise<Response> {
  const sent = pageKey();
  const response = await send(path, init);
  if (response.ok) return response;
  const parsed = errorSchema.safeParse(await readJson(response));
  if (!parsed.success) throw new ApiFailure('answer_unreadable', `The server answered with status ${response.status} and no reason.`);
  const { message, param, code } = parsed.data.error;
  if (code === keyCode && init.key === undefined) reportRefusal(sent, { reason: response.status === 401 ? 'missing' : 'refused', message });
  throw new ApiFailure(code, message, param ?? undefined);
}

async function send(path: string, { key = pageKey(), ...init }: SendInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (typeof key === 'string') headers.set('authorization', `Bearer ${key}`);
  try {
    return await fetch(path, { cache: 'no-store', ...init, headers });
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    throw new ApiFailure('unreachable', 'The server does not answer. Is it still running?');
  }
}

export async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    throw new ApiFailure('answer_unreadable', 'The server’s answer could not be read.');
  }
}

export function check<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.map(String).join('.') ?? '';
  throw new ApiFailure('answer_unreadable', `The server’s answer was not understood${at === '' ? '' : ` (at ${at})`}; page and server may be of different versions.`);
}
