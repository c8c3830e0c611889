import { describe, expect, it } from 'vitest';
import { localCaller } from '../caller.ts';
import { AntiphonError } from '../errors.ts';
import { continueTrace } from '../telemetry/trace-context.ts';
import { createEmbed } from './create-embed.ts';
import { createLanguageBench, type LanguageBenchOptions } from './scripted-language.test-support.ts';

function setUp(options: LanguageBenchOptions) {
  const bench = createLanguageBench(options);
  const embed = createEmbed({ ...bench.dependencies, config: bench.config.embeddings });
  return { ...bench, ask: (model = 'text-embedding-3-small', caller = new AbortController().signal) => embed({ requestId: 'batch-1', trace: continueTrace(undefined), caller: localCaller, model, texts: ['one', 'two'] }, caller) };
}

describe('a batch of embeddings', () => {
  it('is made by the first of the chain that can, and leaves a row with its price', async () => {
    const { ask, asked, records, requests } = setUp({ answers: { groq: [[]] } });
    expect(await ask()).toEqual({ vectors: [Float32Array.of(1, 0), Float32Array.of(1, 0)], tokens: 10, provider: 'groq', model: 'embedder', insteadOf: undefined });
    expect(asked).toEqual([{ member: 'groq', model: 'embedder', request: ['one', 'two'] }]);
    expect(records).toMatchObject([{ kind: 'embeddings', provider: 'groq', promptTokens: 10, completionTokens: 0, cost: 30 / 1e6, outcome: 'ok' }]);
    expect(requests.list()).toEqual([]);
  });

  it('goes to this machine where the provider fails', async () => {
    const { ask } = setUp({ answers: { groq: [[new AntiphonError('provider_key_refused', 'no')]] } });
    expect(await ask()).toMatchObject({ provider: 'local', model: 'minilm/mini', insteadOf: 'groq' });
  });

  it('leaves a row of its failure, and nothing in the queue', async () => {
    const { ask, records, requests } = setUp({ chain: ['groq'], answers: { groq: [[new AntiphonError('provider_rejected', 'no')]] } });
    await expect(ask()).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(records).toMatchObject([{ outcome: 'provider_rejected' }]);
    expect(requests.list()).toEqual([]);
  });
});
