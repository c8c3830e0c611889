import { describe, expect, it } from 'vitest';
import { languageCodeOf, languageCodes, languageNameOf } from './languages.ts';

describe('languageCodeOf', () => {
  it.each([
    ['en', 'en'], ['EN', 'en'], ['en-GB', 'en'], ['en_us', 'en'], ['English', 'en'], [' english ', 'en'], ['eng', 'en'],
    ['deu', 'de'], ['ger', 'de'], ['iw', 'he'], ['zh-Hant-TW', 'zh'], ['cmn', 'zh'], ['Mandarin', 'zh'], ['yue', 'yue'], ['Cantonese', 'yue'],
    ['haw', 'haw'], ['jw', 'jw'], ['jv', 'jw'], ['nb', 'no'], ['nn', 'nn'], ['fil', 'tl'], ['Haitian Creole', 'ht'], ['pt-BR', 'pt'], ['castilian', 'es'],
  ])('reads %j as %s', (language, code) => {
    expect(languageCodeOf(language)).toBe(code);
  });

  it.each(['', ' ', 'xx', 'klingon', 'tlh', 'en-', 'e', 'english please', '…', 'constructor', '__proto__'])('does not know %j', (language) => {
    expect(languageCodeOf(language)).toBeUndefined();
  });

  it('gives each code and each name back', () => {
    expect(languageCodes).toHaveLength(100);
    for (const code of languageCodes) {
      expect(languageCodeOf(code)).toBe(code);
      expect(languageCodeOf(languageNameOf(code)!)).toBe(code);
    }
  });
});

describe('languageNameOf', () => {
  it('names a language as OpenAI does, and nothing that is none', () => {
    expect(languageNameOf('en')).toBe('english');
    expect(languageNameOf('haw')).toBe('hawaiian');
    expect(languageNameOf('xx')).toBeUndefined();
  });
});
