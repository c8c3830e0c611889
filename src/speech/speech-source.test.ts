import { describe, expect, it } from 'vitest';
import { configSchema } from '../config/schema.ts';
import { createProviderRoster } from '../dispatch/provider-roster.ts';
import { chooseProviderVoice, chooseSpeechMembers } from './speech-source.ts';

const config = configSchema.parse({ speech: { voices: { anna: { piper: 'en_US-joe-medium', groq: 'autumn' }, alloy: { openai: 'alloy', groq: 'hannah' } } } });
const roster = createProviderRoster({
  settings: config.providers,
  keys: new Map(),
  create: (id, { type }) => ({ id, type, ...(type === 'anthropic' ? {} : { speech: { sampleRateHz: 24_000, synthesise: async function* () {} } }), check: async () => ({ latencyMs: 1, models: [], quota: undefined }) }),
});

describe('who may speak', () => {
  it.each([
    ['tts-1', undefined, undefined], ['auto', undefined, undefined], ['canopylabs/orpheus-v1-english', undefined, undefined],
    ['piper', ['local'], undefined], ['local', ['local'], undefined], ['piper/en_US-joe-medium', ['local'], undefined], ['nobody', ['local'], undefined],
    ['groq', ['groq'], undefined], ['groq/canopylabs/orpheus', ['groq'], 'canopylabs/orpheus'],
  ])('for %s is %j', (model, members, providerModel) => {
    expect(chooseSpeechMembers({ model, config: config.speech, roster })).toEqual({ members, providerModel });
  });
});

describe('a provider\'s voice', () => {
  const voiceOf = (voice: string | undefined, { id = 'groq', isNamed = false, local = ['af_heart'] } = {}) =>
    chooseProviderVoice({ entry: roster.get(id), model: 'm', voice, config: config.speech, isNamed, isLocalVoice: (name) => local.includes(name) }).voice;

  it('is the one that stands for the caller\'s in the configuration', () => {
    expect([voiceOf('anna'), voiceOf('alloy'), voiceOf('alloy', { id: 'openai' })]).toEqual(['autumn', 'hannah', 'alloy']);
  });

  it('is its usual one where none was named, or one of this machine\'s', () => {
    expect([voiceOf(undefined), voiceOf('af_heart')]).toEqual(['hannah', 'hannah']);
  });

  it('is the caller\'s word where he named the provider, or where nobody here has that voice', () => {
    expect([voiceOf('af_heart', { isNamed: true }), voiceOf('5Q0t7uMcjvnagumLfvZi', { id: 'elevenlabs' })]).toEqual(['af_heart', '5Q0t7uMcjvnagumLfvZi']);
  });

  it('is none where the provider does not speak', () => {
    expect(() => voiceOf(undefined, { id: 'anthropic' })).toThrow(expect.objectContaining({ code: 'provider_unknown' }));
  });
});
