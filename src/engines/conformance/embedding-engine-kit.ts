/**
 * The suite that every engine passes that turns texts into vectors, the scripted fake and the worker's client included:
 * what engines/kinds.ts promises, as tests.
 */
import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddingEngine, LoadedEmbeddingModel } from '../kinds.ts';

export type EmbeddingEngineUnderTest = {
  readonly engine: EmbeddingEngine;
  readonly modelId: string;
  /** An engine that has a model whose file is truncated. */
  readonly damaged: { readonly engine: EmbeddingEngine; readonly modelId: string };
  readonly close?: () => Promise<void>;
};

export type EmbeddingEngineKitOptions = {
  readonly name: string;
  readonly create: () => Promise<EmbeddingEngineUnderTest>;
  /** Texts of near meaning lie nearer than others; left out where vectors mean nothing. */
  readonly understands: boolean;
  /** False for one that is only a way to somebody else's model. Default true. */
  readonly ownsModels?: boolean;
  readonly skip?: string | undefined;
};

export function describeEmbeddingEngine({ name, create, understands, ownsModels = true, skip }: EmbeddingEngineKitOptions): void {
  if (skip !== undefined) {
    describe.skip(`${name} as an engine of embeddings (skipped: ${skip})`, () => {
      it('keeps the contract', () => {});
    });
    return;
  }
  describe(`${name} as an engine of embeddings`, () => {
    let subject: EmbeddingEngineUnderTest;
    let model: LoadedEmbeddingModel;
    beforeAll(async () => {
      subject = await create();
      model = await subject.engine.load(subject.modelId, quiet());
    });
    afterAll(async () => {
      await model?.close();
      await subject?.close?.();
    });
    describeVectors({ subject: () => subject, model: () => model, understands });
    describeEdges({ subject: () => subject, model: () => model, understands });
    if (ownsModels) describeLifetime(() => subject);
  });
}

type Scene = { readonly subject: () => EmbeddingEngineUnderTest; readonly model: () => LoadedEmbeddingModel; readonly understands: boolean };

function describeVectors({ subject, model, understands }: Scene): void {
  it('lists what it loads', async () => {
    expect((await subject().engine.listModels()).find(({ id }) => id === subject().modelId)).toEqual(model().info);
    expect(model().residentBytes).toBeGreaterThan(0);
  });

  it('gives a vector of length 1 for each text, in order, the same alone as among others', async () => {
    const texts = ['A dog runs over the meadow.', 'Rain', 'The train to the coast leaves at nine in the morning.'];
    const together = await model().embed(texts, quiet());
    expect(together.vectors.map((vector) => vector.length)).toEqual(texts.map(() => model().info.dimensions));
    for (const [index, text] of texts.entries()) {
      const { vectors: [alone] } = await model().embed([text], quiet());
      expect(Math.hypot(...alone!)).toBeCloseTo(1, 4);
      expect(dot(alone!, together.vectors[index]!)).toBeGreaterThan(0.9999);
    }
  });

  it('counts the tokens of all texts', async () => {
    const one = await model().embed(['hello'], quiet());
    const more = await model().embed(['hello', 'hello there, good people'], quiet());
    expect(one.tokens).toBeGreaterThan(0);
    expect(more.tokens).toBeGreaterThan(2 * one.tokens);
  });

  it('looks at no more of a text than it has tokens for', async () => {
    const long = 'word '.repeat(model().info.maxTokens * 2);
    const { vectors: [whole], tokens } = await model().embed([long], quiet());
    const { vectors: [longer] } = await model().embed([`${long} and then something else entirely`], quiet());
    expect(tokens).toBe(model().info.maxTokens);
    expect(dot(whole!, longer!)).toBeCloseTo(1, 5);
  });

  if (understands) it('puts near meanings near each other', async () => {
    const { vectors: [dog, puppy, tax] } = await model().embed(['The dog is barking.', 'A puppy makes noise.', 'Income taxes are due in April.'], quiet());
    expect(dot(dog!, puppy!)).toBeGreaterThan(dot(dog!, tax!) + 0.2);
  });
}

function describeEdges({ subject, model }: Scene): void {
  it.each([[[]], [['']], [['fine', ' \n ']]])('refuses %j', async (texts) => {
    await expect(model().embed(texts, quiet())).rejects.toMatchObject({ code: 'input_empty', param: 'input' });
  });

  it('takes signs, emoji and unknown scripts', async () => {
    const { vectors } = await model().embed(['!?', '🙂', 'ᚠᚢᚦ', '\u0000x', '\uD800'.toWellFormed()], quiet());
    for (const vector of vectors) expect(vector.every(Number.isFinite)).toBe(true);
  });

  it('does not begin when the signal is aborted already, and leaves no listener', async () => {
    const reason = new Error('left before the start');
    await expect(model().embed(['x'], AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    await model().embed(['x'], controller.signal);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('stops between texts with the signal’s reason', async () => {
    const controller = new AbortController();
    const reason = new Error('left in the middle');
    const embedded = model().embed(Array.from({ length: 200 }, (_, index) => `text number ${index} ${'word '.repeat(100)}`), controller.signal);
    setImmediate(() => controller.abort(reason));
    await expect(embedded).rejects.toBe(reason);
    expect((await model().embed(['still here'], quiet())).vectors).toHaveLength(1);
  });

  it('refuses to load what is not here, or is truncated', async () => {
    await expect(subject().engine.load('no-such-model', quiet())).rejects.toMatchObject({ code: 'model_unknown' });
    const { damaged } = subject();
    await expect(damaged.engine.load(damaged.modelId, quiet())).rejects.toMatchObject({ code: 'model_file_invalid' });
  });
}

function describeLifetime(subject: () => EmbeddingEngineUnderTest): void {
  it('fails after it was closed, may be closed twice, and can be loaded again', async () => {
    const own = await subject().engine.load(subject().modelId, quiet());
    await own.warmUp();
    await Promise.all([own.close(), own.close()]);
    await expect(own.embed(['x'], quiet())).rejects.toMatchObject({ code: 'engine_failed' });
    const again = await subject().engine.load(subject().modelId, quiet());
    expect((await again.embed(['x'], quiet())).vectors).toHaveLength(1);
    await again.close();
  });
}

function dot(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, index) => sum + value * other[index]!, 0);
}

function quiet(): AbortSignal {
  return new AbortController().signal;
}
