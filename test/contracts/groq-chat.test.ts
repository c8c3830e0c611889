/** The unmodified `groq-sdk` package asks for chat completions and embeddings. */
import Groq, { APIError, BadRequestError } from 'groq-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AntiphonError } from '../../src/errors.ts';
import { startLanguageApp, type LanguageApp } from './language-app.ts';

let app: LanguageApp;
let client: Groq;

beforeAll(async () => {
  app = await startLanguageApp();
  client = new Groq({ baseURL: app.url, apiKey: 'none', maxRetries: 0 });
});
afterAll(() => app.close());
beforeEach(() => app.model.say({ pieces: ['Good', ' morning.'] }));

const body = { model: 'llama-3.1-8b-instant', messages: [{ role: 'user' as const, content: 'Hello.' }] };

describe('Groq\'s chat completions', () => {
  it('are answered whole', async () => {
    const answer = await client.chat.completions.create(body, { headers: { 'x-request-id': 'groq-request-1' } });
    expect(answer).toMatchObject({ choices: [{ message: { role: 'assistant', content: 'Good morning.' }, finish_reason: 'stop' }], usage: { completion_tokens: 2 }, x_groq: { id: 'groq-request-1' } });
    expect(app.model.asked[0]).toMatchObject({ model: 'llama-3.1-8b-instant' });
  });

  it('are streamed, with what that vendor adds to the first and the last chunk', async () => {
    const chunks = await Array.fromAsync(await client.chat.completions.create({ ...body, stream: true }));
    expect(chunks.map(({ choices }) => choices[0]!.delta.content ?? '').join('')).toBe('Good morning.');
    expect(chunks[0]!.x_groq).toMatchObject({ id: expect.any(String) });
    expect(chunks.at(-1)!.x_groq).toMatchObject({ usage: { total_tokens: 12 } });
  });

  it('that fail half-way are an error of the package', async () => {
    app.model.say({ pieces: ['Good'], failure: new AntiphonError('provider_failed', 'The provider broke off.') });
    const outcome: unknown = await Array.fromAsync(await client.chat.completions.create({ ...body, stream: true })).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(APIError);
    expect((outcome as APIError).error).toMatchObject({ code: 'provider_failed' });
  });

  it.each([
    ['documents', { documents: [{ source: { type: 'text', text: 'x' } }] }],
    ['search_settings', { search_settings: { country: 'de' } }],
    ['reasoning_format', { reasoning_format: 'parsed' }],
    ['tools', { tools: [{ type: 'function', function: { name: 'x' } }] }],
    ['verbosity', { verbosity: 'low' }],
  ])('refuse %s, naming the field', async (param, given) => {
    const outcome: unknown = await client.chat.completions.create({ ...body, ...given } as never).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(BadRequestError);
    expect((outcome as APIError).error).toMatchObject({ error: { param } });
  });

  it.each([[{ citation_options: 'disabled' }], [{ include_reasoning: false }], [{ reasoning_format: 'hidden' }], [{ disable_tool_validation: true }], [{ documents: null }]])('are not kept from answering by %j', async (given) => {
    expect((await client.chat.completions.create({ ...body, ...given } as typeof body)).choices[0]!.message.content).toBe('Good morning.');
  });
});

describe('Groq\'s embeddings', () => {
  it('are lists of numbers', async () => {
    const { data } = await client.embeddings.create({ model: 'nomic-embed-text-v1_5', input: ['one'] });
    expect(data).toEqual([{ object: 'embedding', index: 0, embedding: [3, 0, Math.fround(0.1)] }]);
  });
});
