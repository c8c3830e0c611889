import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { converse, startRecordedAnswers, type RecordedAnswers } from '../recorded-answers.test-support.ts';

let recorded: RecordedAnswers;
beforeAll(async () => { recorded = await startRecordedAnswers('anthropic'); });
beforeEach(() => { recorded.server.forget(); });
afterAll(() => recorded.server.stop());

const json = () => recorded.server.requests.at(-1)!.json;

describe('chat of an anthropic provider', () => {
  it('sends the version of the API, and a limit where none was given', async () => {
    await converse(recorded.provider);
    expect(recorded.server.requests[0]!.headers['anthropic-version']).toBe('2023-06-01');
    expect(json()).toEqual({ model: 'some-model', max_tokens: 8_192, messages: [{ role: 'user', content: 'How do you do on such a morning?' }], stream: true });
  });

  it('sends what was given, a temperature above 1 as 1', async () => {
    await converse(recorded.provider, { maxTokens: 20, temperature: 1.7, topP: 0.9, stop: ['END'] });
    expect(json()).toMatchObject({ max_tokens: 20, temperature: 1, top_p: 0.9, stop_sequences: ['END'] });
  });

  it('lifts instructions out of the conversation and merges turns of one speaker', async () => {
    await converse(recorded.provider, {
      messages: [
        { role: 'system', content: 'Be brief.' }, { role: 'user', content: 'One.' }, { role: 'user', content: 'Two.' }, { role: 'assistant', content: 'Yes.' },
        { role: 'system', content: 'Be kind.' }, { role: 'assistant', content: ' ' }, { role: 'user', content: 'Three.' },
      ],
    });
    expect(json()).toMatchObject({ system: 'Be brief.\n\nBe kind.', messages: [{ role: 'user', content: 'One.\n\nTwo.' }, { role: 'assistant', content: 'Yes.' }, { role: 'user', content: 'Three.' }] });
  });

  it('lets a conversation begin with the assistant, or have instructions only', async () => {
    await converse(recorded.provider, { messages: [{ role: 'assistant', content: 'Good day!' }, { role: 'user', content: 'Hello.' }] });
    expect(json()['messages']).toEqual([{ role: 'user', content: '…' }, { role: 'assistant', content: 'Good day!' }, { role: 'user', content: 'Hello.' }]);
    await converse(recorded.provider, { messages: [{ role: 'system', content: 'Be brief.' }, { role: 'system', content: 'Greet.' }] });
    expect(json()).toMatchObject({ system: 'Be brief.', messages: [{ role: 'user', content: 'Greet.' }] });
  });

  it('holds the answer to a schema, and says where the schema is at fault', async () => {
    const schema = { type: 'object', properties: { yes: { type: 'boolean' } }, required: ['yes'], additionalProperties: false };
    await converse(recorded.provider, { format: { type: 'json_schema', name: 'answer', schema } });
    expect(json()).toMatchObject({ output_config: { format: { type: 'json_schema', schema } } });
    await recorded.next('error-400-schema.json', 400);
    await expect(converse(recorded.provider, { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' } } })).rejects.toMatchObject({ code: 'schema_unsupported' });
  });

  it('refuses JSON without a schema, and a seed, before anybody is asked', async () => {
    await expect(converse(recorded.provider, { format: { type: 'json_object' } })).rejects.toMatchObject({ code: 'schema_unsupported' });
    await expect(converse(recorded.provider, { seed: 1 })).rejects.toMatchObject({ code: 'input_unsupported', param: 'seed' });
    expect(recorded.server.requests).toHaveLength(0);
  });

  it.each([
    ['chat.sse', 'Hello!', 'stop', { promptTokens: 32, completionTokens: 15 }],
    ['chat-thinking.sse', '27 * 453 = 12,231', 'length', { promptTokens: 32, completionTokens: 30 }],
  ])('reads %s', async (file, text, finishReason, usage) => {
    await recorded.next(file);
    expect(await converse(recorded.provider)).toEqual({ text, end: { type: 'chat.end', finishReason, usage } });
  });

  it.each([
    ['chat-refusal.sse', 'provider_rejected'], ['chat-overloaded.sse', 'provider_failed'], ['chat-without-end.sse', 'provider_unreachable'],
  ])('takes %s as %s', async (file, code) => {
    await recorded.next(file);
    await expect(converse(recorded.provider)).rejects.toMatchObject({ code });
  });

  it.each([
    ['error-400-context.json', 400, 'context_too_long'],
    ['error-400-credit.json', 400, 'provider_limited'],
    ['error-401.json', 401, 'provider_key_refused'],
    ['error-404.json', 404, 'provider_rejected'],
    ['error-429.json', 429, 'provider_limited'],
    ['error-529.json', 529, 'provider_failed'],
  ])('takes %s with status %d as %s', async (file, status, code) => {
    await recorded.next(file, status);
    await expect(converse(recorded.provider)).rejects.toMatchObject({ code });
  });
});

describe('an anthropic provider', () => {
  it('names its models when it is checked', async () => {
    await recorded.next('models.json');
    expect(await recorded.provider.check(new AbortController().signal)).toMatchObject({ models: ['claude-opus-4-6', 'claude-haiku-4-5-20251001'], quota: undefined });
  });
});
