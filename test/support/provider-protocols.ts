/**
 * What a healthy provider answers in each of the three protocols, as their vendors document it. The server that
 * misbehaves begins with these and breaks them.
 */
import { toS16le } from '../../src/audio/pcm.ts';
import { parseWav, wavHeader } from '../../src/audio/wav.ts';
import { speechLikeSound, spokenSeconds } from './speech-like-sound.ts';

export type Protocol = 'openai' | 'elevenlabs' | 'anthropic';
/** What a request is for; `check` is a list of models or an account. */
export type ProviderRoute = 'speech' | 'transcription' | 'chat' | 'embeddings' | 'check';

/** What it says when it says something. Every field may be changed while it runs. */
export type ProviderContent = {
  /** Length of all speech; undefined: by the text's length. */
  speechSeconds: number | undefined;
  /** Between two pieces of 100 ms. */
  speechIntervalMs: number;
  /** Of speech where the format has a header to say so; headerless PCM is always 24 kHz. */
  speechRateHz: number;
  /** Speech comes as WAV even where PCM was asked for. */
  speechAlwaysWav: boolean;
  /** What every recording says, its words spread evenly over the sound. */
  transcript: string;
  /** ISO 639-1. */
  language: 'en' | 'de' | 'fr';
  /** The pieces in which a chat answer comes; a function gets the request's body. */
  chatTokens: readonly string[] | ((body: Readonly<Record<string, unknown>>) => readonly string[]);
  tokenIntervalMs: number;
  finishReason: 'stop' | 'length';
  /** Whether streams of the openai protocol tell their usage. */
  tellsUsage: boolean;
  embeddingDimensions: number;
  models: readonly string[];
  /** Characters of the elevenlabs account. */
  quota: { readonly used: number; readonly limit: number };
};

export const defaultContent: ProviderContent = {
  speechSeconds: undefined,
  speechIntervalMs: 0,
  speechRateHz: 24_000,
  speechAlwaysWav: false,
  transcript: 'The provider heard these words.',
  language: 'en',
  chatTokens: ['The', ' provider', ' answers', ' in', ' a', ' few', ' words', '.'],
  tokenIntervalMs: 0,
  finishReason: 'stop',
  tellsUsage: true,
  embeddingDimensions: 384,
  models: ['model-one', 'model-two'],
  quota: { used: 1_200, limit: 10_000 },
};

export type Piece = { readonly bytes: Uint8Array; /** Before it is sent. */ readonly waitMs: number };
/** `empty`: valid in the protocol, and yet nothing: no choices, no sound, no text. */
export type HealthyAnswer = { readonly contentType: string; readonly pieces: readonly Piece[]; readonly streams: boolean; readonly empty: Uint8Array };

export type ProviderAsk = {
  readonly protocol: Protocol;
  readonly route: ProviderRoute;
  readonly json: Readonly<Record<string, unknown>>;
  readonly form: FormData | undefined;
};

const languageNames = { en: 'english', de: 'german', fr: 'french' } as const;
const threeLetterCodes = { en: 'eng', de: 'deu', fr: 'fra' } as const;

/** Which protocol and route a path belongs to; undefined: none, which answers 404. */
export function routeOf(method: string, path: string): { readonly protocol: Protocol; readonly route: ProviderRoute } | undefined {
  const place = `${method} ${path.split('?')[0]}`;
  return routes.find(({ pattern }) => pattern.test(place));
}

// One prefix a protocol, since `/v1/models` is in two of them.
const routes: readonly { readonly pattern: RegExp; readonly protocol: Protocol; readonly route: ProviderRoute }[] = [
  { pattern: /^POST \/openai\/v1\/audio\/speech$/, protocol: 'openai', route: 'speech' },
  { pattern: /^POST \/openai\/v1\/audio\/(transcriptions|translations)$/, protocol: 'openai', route: 'transcription' },
  { pattern: /^POST \/openai\/v1\/chat\/completions$/, protocol: 'openai', route: 'chat' },
  { pattern: /^POST \/openai\/v1\/embeddings$/, protocol: 'openai', route: 'embeddings' },
  { pattern: /^GET \/openai\/v1\/models$/, protocol: 'openai', route: 'check' },
  { pattern: /^POST \/elevenlabs\/v1\/text-to-speech\/[^/]+\/stream$/, protocol: 'elevenlabs', route: 'speech' },
  { pattern: /^POST \/elevenlabs\/v1\/speech-to-text$/, protocol: 'elevenlabs', route: 'transcription' },
  { pattern: /^GET \/elevenlabs\/v1\/user\/subscription$/, protocol: 'elevenlabs', route: 'check' },
  { pattern: /^POST \/anthropic\/v1\/messages$/, protocol: 'anthropic', route: 'chat' },
  { pattern: /^GET \/anthropic\/v1\/models$/, protocol: 'anthropic', route: 'check' },
];

export async function healthyAnswer(ask: ProviderAsk, content: ProviderContent): Promise<HealthyAnswer> {
  switch (ask.route) {
    case 'speech': return speech(ask, content);
    case 'transcription': return transcription(ask, content);
    case 'chat': return ask.protocol === 'anthropic' ? messages(ask, content) : completions(ask, content);
    case 'embeddings': return embeddings(ask, content);
    case 'check': return whole(checkBody(ask.protocol, content), { object: 'list' });
  }
}

/** An error as the vendor writes it. `code` is the vendor's own word: `insufficient_quota`, `overloaded_error`. */
export function vendorError(protocol: Protocol, { status, code, message }: { readonly status: number; readonly code: string; readonly message: string }): string {
  if (protocol === 'elevenlabs') return JSON.stringify({ detail: { status: code, message } });
  if (protocol === 'anthropic') return JSON.stringify({ type: 'error', error: { type: code, message }, request_id: 'req_011CSHoEeqs5C35K2UUqR7Fy' });
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error';
  return JSON.stringify({ error: { message, type, param: null, code } });
}

function speech({ protocol, json }: ProviderAsk, content: ProviderContent): HealthyAnswer {
  const text = json[protocol === 'openai' ? 'input' : 'text'];
  const isWav = content.speechAlwaysWav || json['response_format'] === 'wav';
  const sampleRateHz = isWav ? content.speechRateHz : 24_000;
  const bytes = toS16le(speechLikeSound({ seconds: content.speechSeconds ?? spokenSeconds(typeof text === 'string' ? text : ''), sampleRateHz }));
  const pieceBytes = Math.round(sampleRateHz / 10) * 2;
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) => ({
    bytes: bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
    waitMs: index === 0 ? 0 : content.speechIntervalMs,
  }));
  const header = isWav ? [{ bytes: wavHeader({ sampleRateHz }), waitMs: 0 }] : [];
  return { contentType: isWav ? 'audio/wav' : 'audio/pcm', pieces: [...header, ...pieces], streams: true, empty: header[0]?.bytes ?? new Uint8Array(0) };
}

async function transcription({ protocol, form }: ProviderAsk, content: ProviderContent): Promise<HealthyAnswer> {
  const seconds = await secondsOf(form);
  const words = content.transcript.split(' ').filter((word) => word !== '');
  const length = seconds / Math.max(1, words.length);
  const timed = words.map((word, index) => ({ word, start: index * length, end: (index + 1) * length }));
  if (protocol === 'elevenlabs') {
    const told = timed.flatMap(({ word, start, end }, index) => [
      ...(index === 0 ? [] : [{ text: ' ', start, end: start, type: 'spacing', logprob: 0 }]),
      { text: word, start, end, type: 'word', logprob: -0.05 },
    ]);
    const body = { language_code: threeLetterCodes[content.language], language_probability: 0.98, text: content.transcript, words: told, transcription_id: 'transcription-1' };
    return whole(body, { language_code: 'eng', language_probability: 0.98 });
  }
  if (form?.get('response_format') !== 'verbose_json') return whole({ text: content.transcript }, {});
  const granularities = form.getAll('timestamp_granularities[]');
  const segment = { id: 0, seek: 0, start: 0, end: seconds, text: ` ${content.transcript}`, tokens: [50_364, 440], temperature: 0, avg_logprob: -0.2, compression_ratio: 1.1, no_speech_prob: 0.01 };
  return whole({
    task: 'transcribe',
    language: languageNames[content.language],
    duration: seconds,
    text: content.transcript,
    ...(granularities.length === 0 || granularities.includes('segment') ? { segments: words.length === 0 ? [] : [segment] } : {}),
    // As OpenAI writes them: without marks.
    ...(granularities.includes('word') ? { words: timed.map(({ word, ...times }) => ({ word: word.replaceAll(/[.,!?]/g, ''), ...times })) } : {}),
  }, { task: 'transcribe' });
}

/** Of the uploaded sound: a WAV, or 16-bit samples at 16 kHz. */
async function secondsOf(form: FormData | undefined): Promise<number> {
  const file = form?.get('file');
  if (!(file instanceof Blob)) return 0;
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (form?.get('file_format') === 'pcm_s16le_16') return bytes.length / 2 / 16_000;
  const { channels, sampleRateHz } = parseWav(bytes);
  return (channels[0]?.length ?? 0) / sampleRateHz;
}

function completions({ json }: ProviderAsk, content: ProviderContent): HealthyAnswer {
  const tokens = tokensOf(json, content);
  const usage = { prompt_tokens: 11, completion_tokens: tokens.length, total_tokens: 11 + tokens.length };
  const chunk = (choices: readonly unknown[], more: object = {}) => event(undefined, { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_764_547_200, model: json['model'], choices, ...more });
  const choice = (delta: object, finish_reason: string | null = null) => chunk([{ index: 0, delta, finish_reason }]);
  const asksUsage = (json['stream_options'] as { readonly include_usage?: boolean } | undefined)?.include_usage === true;
  const events = [
    { bytes: choice({ role: 'assistant', content: '' }), waitMs: 0 },
    ...tokens.map((token) => ({ bytes: choice({ content: token }), waitMs: content.tokenIntervalMs })),
    { bytes: choice({}, content.finishReason), waitMs: 0 },
    ...(asksUsage && content.tellsUsage ? [{ bytes: chunk([], { usage }), waitMs: 0 }] : []),
    { bytes: utf8('data: [DONE]\n\n'), waitMs: 0 },
  ];
  return { contentType: 'text/event-stream; charset=utf-8', pieces: events, streams: true, empty: joined([chunk([]), utf8('data: [DONE]\n\n')]) };
}

function messages({ json }: ProviderAsk, content: ProviderContent): HealthyAnswer {
  const tokens = tokensOf(json, content);
  const send = (data: { readonly type: string }) => ({ bytes: event(data.type, data), waitMs: 0 });
  const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: json['model'], stop_reason: null, stop_sequence: null, usage: { input_tokens: 11, output_tokens: 1 } };
  const start = { type: 'message_start', message };
  const end = [
    send({ type: 'message_delta', delta: { stop_reason: content.finishReason === 'length' ? 'max_tokens' : 'end_turn', stop_sequence: null }, usage: { output_tokens: tokens.length } } as { type: string }),
    send({ type: 'message_stop' }),
  ];
  const events = [
    send(start),
    send({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as { type: string }),
    send({ type: 'ping' }),
    ...tokens.map((text) => ({ ...send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } as { type: string }), waitMs: content.tokenIntervalMs })),
    send({ type: 'content_block_stop', index: 0 } as { type: string }),
    ...end,
  ];
  return { contentType: 'text/event-stream; charset=utf-8', pieces: events, streams: true, empty: joined([send(start), ...end].map(({ bytes }) => bytes)) };
}

function tokensOf(json: Readonly<Record<string, unknown>>, { chatTokens }: ProviderContent): readonly string[] {
  return typeof chatTokens === 'function' ? chatTokens(json) : chatTokens;
}

/** In the wrong order and not of length 1, both of which the protocol allows. */
function embeddings({ json }: ProviderAsk, { embeddingDimensions }: ProviderContent): HealthyAnswer {
  const texts = (Array.isArray(json['input']) ? json['input'] : [json['input']]).map(String);
  const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: bagOfWords(text, embeddingDimensions) })).toReversed();
  const tokens = texts.reduce((sum, text) => sum + text.split(/\s+/u).length, 0);
  const rest = { object: 'list', model: json['model'], usage: { prompt_tokens: tokens, total_tokens: tokens } };
  return whole({ ...rest, data }, { ...rest, data: [] });
}

/** Texts that share words lie near each other. */
function bagOfWords(text: string, dimensions: number): number[] {
  const vector = Array.from({ length: dimensions }, () => 0.01);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    let hash = 2_166_136_261;
    for (const letter of word) hash = Math.imul(hash ^ letter.codePointAt(0)!, 16_777_619) >>> 0;
    vector[hash % dimensions]! += 1;
  }
  return vector;
}

function checkBody(protocol: Protocol, { models, quota }: ProviderContent): object {
  if (protocol === 'elevenlabs') return { tier: 'creator', character_count: quota.used, character_limit: quota.limit, status: 'active' };
  if (protocol === 'anthropic') return { data: models.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-02-01T00:00:00Z' })), has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
  return { object: 'list', data: models.map((id) => ({ id, object: 'model', created: 1_764_547_200, owned_by: 'provider' })) };
}

function whole(body: object, empty: object): HealthyAnswer {
  return { contentType: 'application/json', pieces: [{ bytes: utf8(JSON.stringify(body)), waitMs: 0 }], streams: false, empty: utf8(JSON.stringify(empty)) };
}

function event(name: string | undefined, data: object): Uint8Array {
  return utf8(`${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
