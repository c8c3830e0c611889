import { describe, expect, it } from 'vitest';
import { configSchema } from '../config/schema.ts';
import { chooseLanguage, chooseModel, type HearingModel } from './choose-model.ts';

const config = configSchema.parse({}).transcription;
const base: HearingModel = { modelId: 'whisper/base', engine: 'whisper', languages: ['en', 'de', 'fr'], translates: true };
const tiny: HearingModel = { modelId: 'whisper/tiny.en', engine: 'whisper', languages: ['en'], translates: false };

describe('choosing a model', () => {
  it.each([
    ['whisper-1', [base, tiny], 'whisper/base', undefined],
    ['whisper', [base, tiny], 'whisper/base', undefined],
    ['tiny.en', [base, tiny], 'whisper/tiny.en', undefined],
    ['whisper/tiny.en', [base, tiny], 'whisper/tiny.en', undefined],
    ['scribe_v1', [tiny], 'whisper/tiny.en', 'base'],
  ] as const)('%s', (model, models, modelId, insteadOf) => {
    expect(chooseModel({ model, models, config })).toMatchObject({ modelId, insteadOf });
  });

  it('names what is known where the name is wrong, and says where nothing is here yet', () => {
    expect(() => chooseModel({ model: 'whisper-9', models: [base], config })).toThrow(expect.objectContaining({ code: 'model_unknown', param: 'model', message: expect.stringContaining('whisper-1') }));
    expect(() => chooseModel({ model: 'constructor', models: [base], config })).toThrow(expect.objectContaining({ code: 'model_unknown' }));
    expect(() => chooseModel({ model: 'whisper-1', models: [], config })).toThrow(expect.objectContaining({ code: 'model_not_ready' }));
  });
});

describe('choosing a language', () => {
  it('takes codes, regions and names', () => {
    expect(['de', 'DE', 'de-AT', 'German', 'french'].map((language) => chooseLanguage(language, base))).toEqual(['de', 'de', 'de', 'de', 'fr']);
  });

  it('is told from the sound where none is given, unless the model knows a single one', () => {
    expect([chooseLanguage(undefined, base), chooseLanguage('', base), chooseLanguage(undefined, tiny)]).toEqual([undefined, undefined, 'en']);
  });

  it.each([['klingon', base], ['ja', base], ['de', tiny]])('refuses %s, naming what is understood', (language, model) => {
    expect(() => chooseLanguage(language, model)).toThrow(expect.objectContaining({ code: 'language_unknown', param: 'language', message: expect.stringContaining('en') }));
  });
});
