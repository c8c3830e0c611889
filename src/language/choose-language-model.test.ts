import { describe, expect, it } from 'vitest';
import { configSchema } from '../config/schema.ts';
import type { LanguageModel } from '../dispatch/language-pool.ts';
import { createProviderRoster } from '../dispatch/provider-roster.ts';
import { chooseLanguageModel } from './choose-language-model.ts';

const config = configSchema.parse({ providers: { groq: {}, box: { type: 'openai', baseUrl: 'http://box/v1', models: { chat: 'org/big-model' } } } });
const roster = createProviderRoster({ settings: config.providers, keys: new Map(), create: (id, { type }) => ({ id, type, check: async () => ({ latencyMs: 1, models: [], quota: undefined }) }) });
const model = (modelId: string, parameters: number, kind: 'chat' | 'embeddings' = 'chat'): LanguageModel => ({ modelId, kind, parameters, fileBytes: parameters, loaded: false });
const local = [model('llama/small', 135e6), model('llama/large', 3e9), model('minilm/all-minilm-l6-v2', 22e6, 'embeddings')];

const choose = (name: string, { kind = 'chat', here = local, preferred = [] }: { kind?: 'chat' | 'embeddings'; here?: readonly LanguageModel[]; preferred?: readonly string[] } = {}) =>
  chooseLanguageModel({ model: name, kind, aliases: config[kind].models, preferred, local: here, roster });

describe('the model a client names', () => {
  it.each(['auto', 'gpt-4o-mini', 'claude-sonnet-4-5', 'llama-3.3-70b-versatile', 'o1-mini'])('is the chain for %s, and each member\'s usual model', (name) => {
    const { members, modelOf } = choose(name);
    expect(members).toBeUndefined();
    expect([modelOf('local'), modelOf('groq'), modelOf('box')]).toEqual(['llama/large', 'llama-3.3-70b-versatile', 'org/big-model']);
  });

  it.each([['local', 'llama/large'], ['small', 'llama/small'], ['llama/small', 'llama/small']])('stays on this machine for %s', (name, expected) => {
    const { members, modelOf } = choose(name);
    expect([members, modelOf('local')]).toEqual([['local'], expected]);
  });

  it.each([['groq', 'groq', 'llama-3.3-70b-versatile'], ['groq/mine', 'groq', 'mine'], ['openai/gpt-4o', 'openai', 'gpt-4o'], ['groq/openai/gpt-oss-20b', 'groq', 'openai/gpt-oss-20b'], ['box/other', 'box', 'other']])('is one provider alone for %s', (name, provider, expected) => {
    const { members, modelOf } = choose(name);
    expect([members, modelOf(provider)]).toEqual([[provider], expected]);
  });

  it('keeps the kinds apart', () => {
    expect(choose('text-embedding-3-small', { kind: 'embeddings' }).modelOf('local')).toBe('minilm/all-minilm-l6-v2');
    expect(() => choose('small', { kind: 'embeddings' })).toThrow(expect.objectContaining({ code: 'model_unknown' }));
    expect(() => choose('groq', { kind: 'embeddings' })).toThrow(expect.objectContaining({ code: 'provider_unknown' }));
  });

  it('prefers what the configuration names first and is here', () => {
    expect(choose('local', { preferred: ['absent', 'small'] }).modelOf('local')).toBe('llama/small');
  });

  it('is unknown with a list of those that are known', () => {
    expect(() => choose('nobody')).toThrow(expect.objectContaining({ code: 'model_unknown', message: expect.stringContaining('auto, local, llama/small') }));
  });

  it('is not ready where this machine has none, which leaves the chain to the others', () => {
    const { modelOf } = choose('auto', { here: [] });
    expect(() => modelOf('local')).toThrow(expect.objectContaining({ code: 'model_not_ready' }));
    expect(modelOf('groq')).toBe('llama-3.3-70b-versatile');
  });
});
