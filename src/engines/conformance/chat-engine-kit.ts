/**
 * The suite that every engine passes that converses, the scripted fake and the worker's client included: what
 * engines/kinds.ts promises, as tests. Call describeChatEngine from a test file beside the engine.
 */
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatDelta, ChatEngine, ChatMessage, ChatRequest, LoadedChatModel } from '../kinds.ts';

export type ChatEngineUnderTest = {
  readonly engine: ChatEngine;
  /** A model that `engine` can load. */
  readonly modelId: string;
  /** Tokens that one conversation may have as the engine was set up. */
  readonly contextTokens: number;
  /** An engine that has a model whose file is truncated. */
  readonly damaged: { readonly engine: ChatEngine; readonly modelId: string };
  /** Steps of computing begun so far, where the engine can tell; then "nothing is computed after an abort" is checked too. */
  readonly stepsBegun?: () => number;
  readonly close?: () => Promise<void>;
};

export type ChatEngineKitOptions = {
  readonly name: string;
  readonly create: () => Promise<ChatEngineUnderTest>;
  /** Closing ends its open answers; false for one that is only a way to somebody else's model. Default true. */
  readonly ownsModels?: boolean;
  /** Why the suite cannot run here (a model is not on this machine). */
  readonly skip?: string | undefined;
};

type Scene = { readonly subject: () => ChatEngineUnderTest; readonly model: () => LoadedChatModel; readonly load: () => Promise<LoadedChatModel> };

const dogs: readonly ChatMessage[] = [{ role: 'user', content: 'Tell me a story about a dog.' }];
const cats: readonly ChatMessage[] = [{ role: 'system', content: 'You answer in one sentence.' }, { role: 'user', content: 'What do cats like?' }];

export function describeChatEngine({ name, create, ownsModels = true, skip }: ChatEngineKitOptions): void {
  if (skip !== undefined) {
    describe.skip(`${name} as an engine that converses (skipped: ${skip})`, () => {
      it('keeps the contract', () => {});
    });
    return;
  }
  describe(`${name} as an engine that converses`, () => {
    let subject: ChatEngineUnderTest;
    let model: LoadedChatModel;
    beforeAll(async () => {
      subject = await create();
      model = await subject.engine.load(subject.modelId, quiet());
    });
    afterAll(async () => {
      await model?.close();
      await subject?.close?.();
    });
    const scene: Scene = { subject: () => subject, model: () => model, load: () => subject.engine.load(subject.modelId, quiet()) };
    describeAnswers(scene);
    describeForms(scene);
    describeCancellation(scene);
    describeRefusals(scene);
    if (ownsModels) describeLifetime(scene);
  });
}

function describeAnswers({ subject, model }: Scene): void {
  it('lists what it loads', async () => {
    const listed = (await subject().engine.listModels()).find((info) => info.id === subject().modelId);
    expect(listed).toEqual(model().info);
    expect(model().residentBytes).toBeGreaterThan(0);
    expect(model().executionProvider).not.toBe('');
  });

  it('gives pieces of text and then, once, how it ended', async () => {
    const deltas = await all(model(), { messages: dogs, maxTokens: 12, temperature: 0 });
    expect(deltas.slice(0, -1).every((delta) => delta.type === 'chat.text' && delta.text !== '')).toBe(true);
    expect(deltas.at(-1)).toMatchObject({ type: 'chat.end', finishReason: 'length', usage: { completionTokens: 12 } });
    expect(deltas.length).toBeGreaterThan(3);
  });

  it('counts the tokens of all that was said', async () => {
    const short = await ask(model(), { messages: dogs, maxTokens: 1 });
    const long = await ask(model(), { messages: [...dogs, { role: 'assistant', content: 'There was one.' }, { role: 'user', content: 'And then?' }], maxTokens: 1 });
    expect(short.usage.promptTokens).toBeGreaterThan(5);
    expect(long.usage.promptTokens).toBeGreaterThan(short.usage.promptTokens);
    expect(long.usage.completionTokens).toBe(1);
  });

  it('answers the same with the same seed, whatever was asked in between', async () => {
    const request: ChatRequest = { messages: dogs, maxTokens: 16, temperature: 1, seed: 42 };
    const first = await ask(model(), request);
    await ask(model(), { messages: cats, maxTokens: 4 });
    await ask(model(), { messages: [...dogs, { role: 'assistant', content: first.text }, { role: 'user', content: 'Go on.' }], maxTokens: 4 });
    expect(await ask(model(), request)).toEqual(first);
  });

  it('answers otherwise with another seed', async () => {
    const texts = await Promise.all([1, 2, 3].map(async (seed) => (await ask(model(), { messages: dogs, maxTokens: 16, temperature: 1.5, seed })).text));
    expect(new Set(texts).size).toBeGreaterThan(1);
  });

  it('gives conversations at once each its own answer, the same as alone', async () => {
    const requests = [dogs, cats, [{ role: 'user', content: 'Hello!' }] as const].map((messages): ChatRequest => ({ messages, maxTokens: 10, temperature: 0, seed: 1 }));
    const alone = [];
    for (const request of requests) alone.push(await ask(model(), request));
    expect(await Promise.all(requests.map((request) => ask(model(), request)))).toEqual(alone);
  });

  it('ends before a stop sequence and gives nothing of it, wherever tokens divide it', async () => {
    const { text } = await ask(model(), { messages: dogs, maxTokens: 24, temperature: 0, seed: 1 });
    for (const from of [1, 5, 11, 17]) {
      const stop = text.slice(from, from + 6);
      const stopped = await ask(model(), { messages: dogs, maxTokens: 24, temperature: 0, seed: 1, stop: ['never said, surely', stop] });
      expect(stopped.text).toBe(text.slice(0, text.indexOf(stop)));
      expect(stopped.finishReason).toBe('stop');
    }
  });

  it('gives whole characters only', async () => {
    const deltas = await all(model(), { messages: [{ role: 'user', content: 'Repeat exactly: 🙂🙃 你好世界 Привет 🐶🐱' }], maxTokens: 40, temperature: 0 });
    for (const delta of deltas) if (delta.type === 'chat.text') expect(delta.text.isWellFormed() && !delta.text.includes('\uFFFD')).toBe(true);
  });
}

function describeForms({ model }: Scene): void {
  it('answers with a JSON object where one is wanted', async () => {
    const { text, finishReason } = await ask(model(), { messages: [{ role: 'user', content: 'Describe a dog as JSON with a name.' }], temperature: 0, maxTokens: 300, format: { type: 'json_object' } });
    if (finishReason === 'stop') expect(typeof JSON.parse(text)).toBe('object');
    expect(text.trimStart().startsWith('{')).toBe(true);
  });

  it('keeps to a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: { kind: { enum: ['dog', 'cat'] }, legs: { type: 'integer', minimum: 3, maximum: 4 }, tame: { type: 'boolean' } },
      required: ['kind', 'legs', 'tame'],
      additionalProperties: false,
    };
    const { text, finishReason } = await ask(model(), { messages: [{ role: 'user', content: 'Describe my pet.' }], temperature: 0, maxTokens: 100, format: { type: 'json_schema', name: 'pet', schema } });
    expect(finishReason).toBe('stop');
    const pet = JSON.parse(text) as { kind: string; legs: number; tame: boolean };
    expect(Object.keys(pet).toSorted()).toEqual(['kind', 'legs', 'tame']);
    expect(['dog', 'cat']).toContain(pet.kind);
    expect([3, 4]).toContain(pet.legs);
    expect(typeof pet.tame).toBe('boolean');
  });

  it('refuses a schema that it cannot hold the model to, with the place', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string', pattern: '^a' } } };
    await expect(ask(model(), { messages: dogs, format: { type: 'json_schema', name: 'x', schema } })).rejects.toMatchObject({ code: 'schema_unsupported', param: 'schema.properties.name.pattern' });
  });
}

function describeCancellation({ subject, model }: Scene): void {
  it('does not begin when the signal is aborted already', async () => {
    const reason = new Error('left before the start');
    await expect(all(model(), { messages: dogs }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('stops with the signal’s reason in the middle of an answer, and computes nothing more', async () => {
    const controller = new AbortController();
    const stream = model().chat({ messages: dogs, temperature: 0 }, controller.signal)[Symbol.asyncIterator]();
    await stream.next();
    const reason = new Error('left in the middle');
    controller.abort(reason);
    await expect(stream.next()).rejects.toBe(reason);
    const stepsBefore = subject().stepsBegun?.();
    expect((await stream.next()).done).toBe(true);
    await ask(model(), { messages: cats, maxTokens: 1 });
    if (stepsBefore !== undefined) expect(subject().stepsBegun?.()).toBe(stepsBefore + 1);
  });

  it('stops while the prompt is processed, and answers the next one', async () => {
    const controller = new AbortController();
    const reason = new Error('left before a word was said');
    const words = Math.floor(subject().contextTokens * 0.8);
    const stream = model().chat({ messages: [{ role: 'user', content: 'dog '.repeat(words) }], maxTokens: 5 }, controller.signal)[Symbol.asyncIterator]();
    const first = stream.next();
    setImmediate(() => controller.abort(reason));
    await expect(first).rejects.toBe(reason);
    expect((await ask(model(), { messages: dogs, maxTokens: 3, temperature: 0 })).text).not.toBe('');
  });

  it('leaves no listener on the signal when all is said, or somebody stops reading', async () => {
    const controller = new AbortController();
    await all(model(), { messages: dogs, maxTokens: 2 }, controller.signal);
    const abandoned = model().chat({ messages: dogs }, controller.signal)[Symbol.asyncIterator]();
    await abandoned.next();
    await abandoned.return?.();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect((await ask(model(), { messages: dogs, maxTokens: 2 })).usage.completionTokens).toBeGreaterThan(0);
  });
}

function describeRefusals({ subject, model }: Scene): void {
  it.each([
    ['no message', { messages: [] }, 'messages'],
    ['its own words at the end', { messages: [...dogs, { role: 'assistant', content: 'Yes.' }] }, 'messages'],
    ['a temperature of 3', { messages: dogs, temperature: 3 }, 'temperature'],
    ['a share above 1', { messages: dogs, topP: 1.5 }, 'top_p'],
    ['an empty stop sequence', { messages: dogs, stop: [''] }, 'stop'],
  ] satisfies [string, ChatRequest, string][])('refuses %s', async (_, request, param) => {
    await expect(ask(model(), request)).rejects.toMatchObject({ code: 'input_invalid', param });
  });

  it('refuses a conversation that it cannot hold, with both numbers', async () => {
    const failure: unknown = await ask(model(), { messages: [{ role: 'user', content: 'dog '.repeat(subject().contextTokens + 10) }] }).catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'context_too_long', param: 'messages' });
    const numbers = [...(failure as Error).message.matchAll(/\d+/gu)].map(Number);
    expect(numbers).toContain(subject().contextTokens);
    expect(Math.max(...numbers)).toBeGreaterThan(subject().contextTokens);
  });

  it('refuses to load a model that is not here', async () => {
    await expect(subject().engine.load('no-such-model', quiet())).rejects.toMatchObject({ code: 'model_unknown' });
  });

  it('does not load when the signal is aborted already', async () => {
    const reason = new Error('left while loading');
    await expect(subject().engine.load(subject().modelId, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('refuses a truncated model file', async () => {
    const { damaged } = subject();
    await expect(damaged.engine.load(damaged.modelId, quiet())).rejects.toMatchObject({ code: 'model_file_invalid' });
  });
}

function describeLifetime({ load }: Scene): void {
  it('warms up as often as asked and then answers', async () => {
    const own = await load();
    await own.warmUp();
    await own.warmUp();
    expect((await ask(own, { messages: dogs, maxTokens: 2 })).text).not.toBe('');
    await own.close();
  });

  it('ends open answers with a failure when it is closed, may be closed twice, and can be loaded again', async () => {
    const own = await load();
    const begun = own.chat({ messages: dogs }, quiet())[Symbol.asyncIterator]();
    await begun.next();
    await Promise.all([own.close(), own.close()]);
    await expect(begun.next()).rejects.toMatchObject({ code: 'engine_failed' });
    await expect(all(own, { messages: dogs })).rejects.toMatchObject({ code: 'engine_failed' });
    const again = await load();
    expect((await ask(again, { messages: dogs, maxTokens: 2 })).text).not.toBe('');
    await again.close();
  });
}

function all(model: Pick<LoadedChatModel, 'chat'>, request: ChatRequest, signal: AbortSignal = quiet()): Promise<ChatDelta[]> {
  return Array.fromAsync(model.chat(request, signal));
}

async function ask(model: Pick<LoadedChatModel, 'chat'>, request: ChatRequest) {
  const deltas = await all(model, request);
  const end = deltas.at(-1);
  if (end?.type !== 'chat.end') throw new Error('the last delta does not tell the end');
  return { text: deltas.map((delta) => (delta.type === 'chat.text' ? delta.text : '')).join(''), finishReason: end.finishReason, usage: end.usage };
}

function quiet(): AbortSignal {
  return new AbortController().signal;
}
