/** The unmodified `openai` package asks for chat completions and embeddings: what that vendor's clients rely on. */
import OpenAI, { APIError, BadRequestError, NotFoundError, RateLimitError } from 'openai';
import type { ChatCompletionChunk, ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AntiphonError } from '../../src/errors.ts';
import { until } from '../support/until.ts';
import { startLanguageApp, type LanguageApp } from './language-app.ts';

let app: LanguageApp;
let client: OpenAI;

beforeAll(async () => {
  app = await startLanguageApp();
  client = new OpenAI({ baseURL: `${app.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => app.close());
beforeEach(() => app.model.say({ pieces: ['Good', ' morning', '.'] }));

const messages = [{ role: 'user', content: 'Hello.' }] as const;
type Given = Readonly<Record<string, unknown>>;

/** Also what a client that does not follow the types may send. */
function bodyOf(given: Given): ChatCompletionCreateParams {
  return { model: 'local', messages, ...given } as unknown as ChatCompletionCreateParams;
}

async function complete(given: Given = {}) {
  return client.chat.completions.create({ ...bodyOf(given), stream: false });
}

async function chunksOf(given: Given = {}): Promise<ChatCompletionChunk[]> {
  return Array.fromAsync(await client.chat.completions.create({ ...bodyOf(given), stream: true }));
}

async function refusalOf(given: Given): Promise<APIError> {
  const outcome: unknown = await complete(given).then(() => 'it was answered', (error: unknown) => error);
  if (!(outcome instanceof APIError)) throw new Error(`Expected a refusal, but ${String(outcome)}.`);
  return outcome;
}

describe('a chat completion', () => {
  it('is one message with its end and its usage', async () => {
    expect(await complete()).toMatchObject({
      object: 'chat.completion',
      id: expect.stringMatching(/^chatcmpl-/),
      model: 'scripted-1',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Good morning.', refusal: null }, finish_reason: 'stop', logprobs: null }],
      usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 },
    });
  });

  it('tells where it was cut for its length', async () => {
    app.model.say({ pieces: ['Good'], finishReason: 'length' });
    expect((await complete()).choices[0]!.finish_reason).toBe('length');
  });

  it('takes messages of every role, as texts or in parts', async () => {
    await complete({ messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }, { type: 'text', text: 'Be plain.' }] },
      { role: 'user', content: 'Hello.', name: 'Ann' },
      { role: 'assistant', content: 'Hello!', refusal: null, tool_calls: [] },
      { role: 'user', content: [{ type: 'text', text: 'Bye.' }] },
    ] });
    expect(app.model.asked[0]!.messages).toEqual([
      { role: 'system', content: 'Be brief.' }, { role: 'system', content: 'Be kind.\nBe plain.' }, { role: 'user', content: 'Hello.' },
      { role: 'assistant', content: 'Hello!' }, { role: 'user', content: 'Bye.' },
    ]);
  });

  it.each([
    ['max_tokens', { max_tokens: 5 }, { maxTokens: 5 }],
    ['max_completion_tokens, which goes before max_tokens', { max_tokens: 5, max_completion_tokens: 6 }, { maxTokens: 6 }],
    ['temperature 0', { temperature: 0 }, { temperature: 0 }],
    ['top_p', { top_p: 0.5 }, { topP: 0.5 }],
    ['seed', { seed: 42 }, { seed: 42 }],
    ['stop as a text', { stop: '.' }, { stop: ['.'] }],
    ['stop as a list', { stop: ['.', 'END'] }, { stop: ['.', 'END'] }],
    ['plain text as the form', { response_format: { type: 'text' } }, { format: { type: 'text' } }],
    ['JSON as the form', { response_format: { type: 'json_object' } }, { format: { type: 'json_object' } }],
    ['a schema as the form', { response_format: { type: 'json_schema', json_schema: { name: 'mood', strict: true, schema: { type: 'object' } } } }, { format: { type: 'json_schema', name: 'mood', schema: { type: 'object' } } }],
  ])('honours %s', async (_name, given, asked) => {
    await complete(given);
    expect(app.model.asked[0]).toMatchObject(asked);
  });

  it('leaves to the model what nobody asked for, also where a client says null', async () => {
    await complete({ max_tokens: null, temperature: null, top_p: null, seed: null, stop: null, stream_options: null });
    expect(Object.keys(app.model.asked[0]!).toSorted()).toEqual(['caller', 'left', 'messages', 'model', 'requestId', 'trace']);
  });

  it.each([
    [{ user: 'ann' }], [{ metadata: { a: 'b' } }], [{ store: true }], [{ service_tier: 'auto' }], [{ n: 1 }], [{ tools: [] }], [{ tool_choice: 'auto' }], [{ logprobs: false }],
    [{ frequency_penalty: 0 }], [{ logit_bias: {} }], [{ modalities: ['text'] }], [{ prompt_cache_key: 'k' }], [{ prediction: { type: 'content', content: 'x' } }], [{ reasoning_effort: 'none' }],
  ])('is not kept from answering by %j', async (given) => {
    expect((await complete(given)).choices[0]!.message.content).toBe('Good morning.');
  });

  it('tells in its headers who answered, and in whose place', async () => {
    app.model.say({ pieces: ['Yes.'], provider: 'groq', insteadOf: 'openai' });
    const { response } = await client.chat.completions.create({ ...bodyOf({}), stream: false }).withResponse();
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'x-antiphon-provider': 'groq', 'x-antiphon-model': 'scripted-1', 'x-antiphon-instead-of': 'openai' });
  });
});

describe('a stream', () => {
  it('begins with the role, has the text in pieces, and ends with the reason', async () => {
    const chunks = await chunksOf();
    expect(chunks.map(({ choices }) => [choices[0]!.delta, choices[0]!.finish_reason])).toEqual([
      [{ role: 'assistant', content: '' }, null], [{ content: 'Good' }, null], [{ content: ' morning' }, null], [{ content: '.' }, null], [{}, 'stop'],
    ]);
    expect(new Set(chunks.map(({ id, object, model }) => `${id} ${object} ${model}`)).size).toBe(1);
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
  });

  it('tells the usage in a last chunk of its own where it was asked for', async () => {
    const chunks = await chunksOf({ stream_options: { include_usage: true } });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 } });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it('is sent while it is written', async () => {
    const pause = Promise.withResolvers<void>();
    app.model.say({ pieces: ['Good', ' night.'], pauses: { 1: pause.promise } });
    const stream = (await client.chat.completions.create({ ...bodyOf({}), stream: true }))[Symbol.asyncIterator]();
    await stream.next();
    expect((await stream.next()).value!.choices[0]!.delta.content).toBe('Good');
    pause.resolve();
    expect((await stream.next()).value!.choices[0]!.delta.content).toBe(' night.');
    await stream.return!();
  });

  it('ends with [DONE] on the wire', async () => {
    const answer = await fetch(`${app.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...bodyOf({}), stream: true }) });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(await answer.text()).toMatch(/"finish_reason":"stop"\}\]\}\n\ndata: \[DONE\]\n\n$/);
  });

  it('that fails half-way is an error of the package, after the text there was', async () => {
    app.model.say({ pieces: ['Good'], failure: new AntiphonError('worker_lost', 'The worker died.') });
    const stream = await client.chat.completions.create({ ...bodyOf({}), stream: true });
    const heard: string[] = [];
    const outcome: unknown = await (async () => {
      for await (const { choices } of stream) heard.push(choices[0]!.delta.content ?? '');
    })().catch((error: unknown) => error);
    expect(heard.join('')).toBe('Good');
    expect(outcome).toBeInstanceOf(APIError);
    expect(outcome).toMatchObject({ code: 'worker_lost', type: 'server_error' });
  });

  it('works with the package\'s own helpers', async () => {
    const stream = client.chat.completions.stream({ model: 'local', messages: [...messages] });
    expect(await stream.finalContent()).toBe('Good morning.');
  });
});

describe('a client that leaves', () => {
  it.each([true, false])('ends the work at once: stream %s', async (stream) => {
    app.model.say({ pieces: ['Good', ' night.'], pauses: { 1: new Promise<void>(() => undefined) } });
    const leaving = new AbortController();
    const gone = client.chat.completions.create({ ...bodyOf({}), stream }, { signal: leaving.signal }).then(async (answer) => stream && Array.fromAsync(answer as AsyncIterable<unknown>)).catch(() => undefined);
    await until('the model writes', () => app.model.open() === 1);
    leaving.abort();
    await gone;
    await until('the model stopped', () => app.model.open() === 0);
    expect(app.model.asked[0]!.left.aborted).toBe(true);
  });
});

describe('refusals', () => {
  const image = { type: 'image_url', image_url: { url: 'data:' } };
  it.each<[string, Given, string, string]>([
    ['no messages', { messages: undefined }, 'input_invalid', 'messages'],
    ['an empty list of messages', { messages: [] }, 'input_invalid', 'messages'],
    ['a message of nobody', { messages: [{ role: 'nobody', content: 'x' }] }, 'input_invalid', 'messages.0.role'],
    ['a message without content', { messages: [{ role: 'user' }] }, 'input_invalid', 'messages.0.content'],
    ['a tool\'s message', { messages: [...messages, { role: 'tool', content: 'x', tool_call_id: '1' }] }, 'input_unsupported', 'messages.1.role'],
    ['an image', { messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }] }, 'input_unsupported', 'messages.0.content.1.type'],
    ['a recording', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] }, 'input_unsupported', 'messages.0.content.0.type'],
    ['called tools', { messages: [{ role: 'assistant', content: 'x', tool_calls: [{}] }, ...messages] }, 'input_unsupported', 'messages.0.tool_calls'],
    ['an answer to be continued', { messages: [...messages, { role: 'assistant', content: 'Good' }] }, 'input_unsupported', 'messages'],
    ['no model', { model: undefined }, 'input_invalid', 'model'],
    ['temperature 3', { temperature: 3 }, 'input_invalid', 'temperature'],
    ['five stops', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'input_invalid', 'stop'],
    ['max_tokens 0', { max_tokens: 0 }, 'input_invalid', 'max_tokens'],
    ['options of a stream without one', { stream_options: { include_usage: true } }, 'input_invalid', 'stream_options'],
    ['two answers', { n: 2 }, 'input_unsupported', 'n'],
    ['tools', { tools: [{ type: 'function', function: { name: 'x' } }] }, 'input_unsupported', 'tools'],
    ['a tool that must be called', { tool_choice: 'required' }, 'input_unsupported', 'tool_choice'],
    ['logprobs', { logprobs: true }, 'input_unsupported', 'logprobs'],
    ['a penalty', { presence_penalty: 1 }, 'input_unsupported', 'presence_penalty'],
    ['a bias', { logit_bias: { 50: 1 } }, 'input_unsupported', 'logit_bias'],
    ['a spoken answer', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'mp3' } }, 'input_unsupported', 'audio'],
    ['a schema without a name', { response_format: { type: 'json_schema', json_schema: { schema: {} } } }, 'input_invalid', 'response_format.json_schema.name'],
    ['an unknown form', { response_format: { type: 'xml' } }, 'input_invalid', 'response_format.type'],
    ['an unknown field', { top_k: 5 }, 'input_invalid', 'top_k'],
    ['a field of Groq\'s', { search_settings: {} }, 'input_invalid', 'search_settings'],
  ])('name the field: %s', async (_name, given, code, param) => {
    const error = await refusalOf(given);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ code, param, type: 'invalid_request_error' });
    expect(error.message).not.toMatch(/undefined|\[object/);
    expect(app.model.asked).toEqual([]);
  });

  it.each([
    ['context_too_long', 'context_length_exceeded', BadRequestError],
    ['model_unknown', 'model_not_found', NotFoundError],
    ['queue_full', 'rate_limit_exceeded', RateLimitError],
  ] as const)('have that vendor\'s word: %s', async (code, vendorCode, type) => {
    app.model.say({ pieces: [], refusal: new AntiphonError(code, 'No.', { param: 'messages' }) });
    const error = await refusalOf({ stream: true });
    expect(error).toBeInstanceOf(type);
    expect(error.code).toBe(vendorCode);
  });
});

describe('embeddings', () => {
  it('come as numbers through the package, whichever way they travel', async () => {
    const byDefault = await client.embeddings.create({ model: 'all-minilm-l6-v2', input: ['one', 'three'] });
    const asFloats = await client.embeddings.create({ model: 'all-minilm-l6-v2', input: ['one', 'three'], encoding_format: 'float' });
    expect(byDefault.data.map(({ index, embedding }) => [index, [...embedding]])).toEqual([[0, [3, 0, Math.fround(0.1)]], [1, [5, 1, Math.fround(0.1)]]]);
    expect(asFloats.data.map(({ embedding }) => embedding)).toEqual(byDefault.data.map(({ embedding }) => [...embedding]));
    expect(byDefault).toMatchObject({ object: 'list', model: 'scripted-embeddings', usage: { prompt_tokens: 6, total_tokens: 6 } });
  });

  it('take one text, and 2,048 at once', async () => {
    expect((await client.embeddings.create({ model: 'm', input: 'one' })).data).toHaveLength(1);
    const many = await client.embeddings.create({ model: 'm', input: Array.from({ length: 2_048 }, (_, index) => `text ${index}`), user: 'ann' });
    expect(many.data.at(-1)).toMatchObject({ index: 2_047, object: 'embedding' });
  });

  it.each<[string, Given, string, string]>([
    ['no text', { input: undefined }, 'input_invalid', 'input'],
    ['an empty list', { input: [] }, 'input_invalid', 'input'],
    ['2,049 texts', { input: Array.from({ length: 2_049 }, () => 'x') }, 'input_invalid', 'input'],
    ['an empty text', { input: ['x', ' '] }, 'input_empty', 'input'],
    ['tokens', { input: [1, 2, 3] }, 'input_unsupported', 'input'],
    ['lists of tokens', { input: [[1], [2]] }, 'input_unsupported', 'input'],
    ['dimensions', { dimensions: 64 }, 'input_unsupported', 'dimensions'],
    ['an unknown field', { pooling: 'mean' }, 'input_invalid', 'pooling'],
  ])('refuse %s, naming the field', async (_name, given, code, param) => {
    const outcome: unknown = await client.embeddings.create({ model: 'm', input: 'x', ...given } as never).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(BadRequestError);
    expect(outcome).toMatchObject({ code, param });
  });
});
