import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import { chooseVoice } from './choose-voice.ts';
import type { CatalogModel } from './voice-catalog.ts';

const { speech: config } = loadConfig({ environment: {} }).config;
const model = (engine: string, modelId: string, voices: string[]): CatalogModel => ({ modelId, engine, sampleRateHz: 24_000, executionProvider: 'cpu', changesPitch: engine === 'kokoro', tellsTimings: engine !== 'flite', takesPronunciations: engine !== 'flite', revision: '1', voices: voices.map((id) => ({ id, name: id, language: 'en-US', gender: 'unknown' })) });
const joe = model('piper', 'piper/en_US-joe-medium', ['en_US-joe-medium']);
const many = model('piper', 'piper/en_US-many', ['en_US-many', 'en_US-many:p1']);
const kokoro = model('kokoro', 'kokoro', ['af_heart', 'am_adam', 'af_alloy']);
const flite = model('flite', 'flite', ['cmu_us_slt', 'cmu_us_rms']);
const all = [joe, many, kokoro, flite];

const choose = (name: string, voice: string | undefined, models = all) => chooseVoice({ model: name, voice, models, config });

describe('choosing a voice', () => {
  it.each([
    ['tts-1', 'alloy', 'piper', 'en_US-joe-medium'],
    ['tts-1-hd', 'alloy', 'kokoro', 'af_alloy'],
    ['gpt-4o-mini-tts', undefined, 'kokoro', 'af_heart'],
    ['kokoro', 'am_adam', 'kokoro', 'am_adam'],
    ['kokoro', 'af_heart:0.6+am_adam:0.4', 'kokoro', 'af_heart:0.6+am_adam:0.4'],
    ['piper', 'en_US-many:p1', 'piper', 'en_US-many:p1'],
    ['en_US-many', undefined, 'piper', 'en_US-many'],
    ['flite', 'echo', 'flite', 'cmu_us_rms'],
  ])('model %s with voice %s is spoken by %s as %s', (name, voice, engine, spoken) => {
    expect(choose(name, voice)).toMatchObject({ engine, voice: spoken, insteadOf: undefined });
  });

  it('names the field and known models when the model is unknown', () => {
    expect(() => choose('tts-9', 'alloy')).toThrow(expect.objectContaining({ code: 'model_unknown', param: 'model', message: expect.stringContaining('tts-1-hd') }));
  });

  it('names the field and where to look when the voice is unknown', () => {
    expect(() => choose('kokoro', 'nobody')).toThrow(expect.objectContaining({ code: 'voice_unknown', param: 'voice', message: expect.stringContaining('/v1/audio/voices') }));
  });

  it('does not take a voice of another engine for its own', () => {
    expect(() => choose('tts-1', 'af_heart')).toThrow(expect.objectContaining({ code: 'voice_unknown' }));
  });

  it('is not confused by names that every object has', () => {
    expect(() => choose('constructor', 'alloy')).toThrow(expect.objectContaining({ code: 'model_unknown' }));
    expect(() => choose('kokoro', 'toString')).toThrow(expect.objectContaining({ code: 'voice_unknown' }));
  });

  it('lets another engine stand in for an alias, and says so', () => {
    expect(choose('tts-1', 'echo', [flite])).toMatchObject({ engine: 'flite', voice: 'cmu_us_rms', insteadOf: 'piper' });
    expect(choose('tts-1-hd', 'af_heart', [joe, flite])).toMatchObject({ engine: 'piper', insteadOf: 'kokoro' });
  });

  it('never replaces an engine that was asked for by its own name', () => {
    expect(() => choose('kokoro', 'af_heart', [joe, flite])).toThrow(expect.objectContaining({ code: 'model_not_ready', retryAfterSeconds: 15 }));
  });
});
