import { describe, expect, it } from 'vitest';
import { describeProvider } from '../conformance/provider-kit.ts';
import { createProvider } from './create-provider.ts';
import { providerTypes, type ProviderSettings } from './provider.ts';

describeProvider({ type: 'openai', create: createProvider, keyHeader: { name: 'authorization', value: (key) => `Bearer ${key}` } });
describeProvider({ type: 'elevenlabs', create: createProvider, keyHeader: { name: 'xi-api-key', value: (key) => key } });
describeProvider({ type: 'anthropic', create: createProvider, keyHeader: { name: 'x-api-key', value: (key) => key } });

describe('a provider', () => {
  const settings = (type: ProviderSettings['type']): ProviderSettings => ({ id: 'somebody', type, baseUrl: 'http://127.0.0.1:9/v1', key: async () => undefined, answerTimeoutMs: 1_000, stallTimeoutMs: 1_000, fetch });

  it.each(providerTypes)('has the kinds of its protocol and no others: %s', (type) => {
    const { speech, transcription, chat, embeddings } = createProvider(settings(type));
    const kinds = Object.entries({ speech, transcription, chat, embeddings }).filter(([, kind]) => kind !== undefined).map(([name]) => name);
    expect(kinds).toEqual({ openai: ['speech', 'transcription', 'chat', 'embeddings'], elevenlabs: ['speech', 'transcription'], anthropic: ['chat'] }[type]);
  });
});
