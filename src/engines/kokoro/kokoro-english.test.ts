import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEspeakPhonemizer } from '../phonemes/espeak.ts';
import type { EspeakPhonemizer } from '../phonemes/espeak.ts';
import { createEnglishReader } from './kokoro-english.ts';
import type { WordContext } from './kokoro-english.ts';
import { createKokoroLexicon } from './kokoro-lexicon.ts';
import { kokoroTokens, readKokoroVocabulary } from './kokoro-tokens.ts';
import { kokoroLanguage } from './kokoro-voices.ts';

const lexicon = createKokoroLexicon([
  Buffer.from(
    JSON.stringify({
      a: 'A', U: 'jˈu', S: 'ˈɛs', A: 'ˈA', I: 'ˈI', the: 'ði', to: 'tu', in: 'ɪn', am: 'æm', and: 'ænd', of: 'ʌv', it: 'ɪt',
      apple: 'ˈæpᵊl', dog: 'dˈɔɡ', bus: 'bˈʌs', city: 'sˈɪɾi', wait: 'wˈAt', walk: 'wˈɔk', need: 'nˈid', stop: 'stˈɑp', make: 'mˈAk', well: 'wˈɛl', known: 'nˈOn', button: 'bˈʌʔn',
      have: { DEFAULT: 'hæv', None: 'hˈæv' }, use: { DEFAULT: 'jˈuz', NOUN: 'jˈus' }, used: { DEFAULT: 'jˈuzd', VBD: 'jˈust' }, live: { DEFAULT: 'lˈIv', VERB: 'lˈɪv' },
      read: { DEFAULT: 'ɹˈid', VBD: 'ɹˈɛd', VBN: 'ɹˈɛd' }, present: { DEFAULT: 'pɹˈɛzᵊnt', VERB: 'pɹizˈɛnt' }, US: 'jˌuˈɛs', AIDS: { DEFAULT: 'ˈAdz', NOUN: null },
    }),
  ),
]);

describe('createEnglishReader', () => {
  const american = createEnglishReader(lexicon, { british: false });
  const british = createEnglishReader(lexicon, { british: true });

  it.each<[word: string, context: WordContext, symbols: string | undefined]>([
    ['dog', { nextIsVowel: true }, 'dˈɔɡ'],
    ['Dog', {}, 'dˈɔɡ'],
    ['And', { nextIsVowel: true }, 'ˌænd'],
    ['AND', { nextIsVowel: true }, 'ˈænd'],
    ['city', {}, 'sˈɪTi'],
    ['button', {}, 'bˈʌtn'],
    ['US', {}, 'jˌuˈɛs'],
    ['AIDS', { previous: 'the' }, 'ˈAdz'],
    ['U.S.A.', {}, 'jˌuˌɛsˈA'],
    ['unheard', {}, undefined],
    ['c3po', {}, undefined],
    // Function words by what follows.
    ['the', { nextIsVowel: true }, 'ði'],
    ['the', { nextIsVowel: false }, 'ðə'],
    ['to', { nextIsVowel: true }, 'tʊ'],
    ['to', { nextIsVowel: false }, 'tə'],
    ['to', {}, 'tu'],
    ['a', { nextIsVowel: false }, 'ɐ'],
    ['A', {}, 'ˈA'],
    ['an', { nextIsVowel: true }, 'ɐn'],
    ['in', {}, 'ˈɪn'],
    ['in', { nextIsVowel: false }, 'ɪn'],
    ['I', { nextIsVowel: false }, 'ˌI'],
    ['am', { nextIsVowel: false }, 'ɐm'],
    ['have', { nextIsVowel: false }, 'hæv'],
    ['have', {}, 'hˈæv'],
    // Several pronunciations.
    ['use', { previous: 'the', nextIsVowel: true }, 'jˈus'],
    ['use', { previous: 'to', nextIsVowel: true }, 'jˈuz'],
    ['used', { previous: 'she', next: 'to', nextIsVowel: false }, 'jˈust'],
    ['used', { previous: 'is', next: 'to', nextIsVowel: false }, 'jˈuzd'],
    ['read', { previous: 'have', nextIsVowel: false }, 'ɹˈɛd'],
    ['read', { previous: 'will', nextIsVowel: false }, 'ɹˈid'],
    ['present', { previous: 'she', nextIsVowel: false, heard: 'pɹᵻzˈɛnt' }, 'pɹizˈɛnt'],
    ['present', { previous: 'was', nextIsVowel: false, heard: 'pɹˈɛzənt' }, 'pɹˈɛzᵊnt'],
    // Endings.
    ['dogs', {}, 'dˈɔɡz'],
    ["dog's", {}, 'dˈɔɡz'],
    ["dogs'", {}, 'dˈɔɡz'],
    ['buses', {}, 'bˈʌsᵻz'],
    ['cities', {}, 'sˈɪTiz'],
    ['stops', {}, 'stˈɑps'],
    ['walked', {}, 'wˈɔkt'],
    ['waited', {}, 'wˈATᵻd'],
    ['needed', {}, 'nˈidᵻd'],
    ['lived', {}, 'lˈɪvd'],
    ['waiting', {}, 'wˈATɪŋ'],
    ['stopping', {}, 'stˈɑpɪŋ'],
    ['making', {}, 'mˈAkɪŋ'],
    ['well-known', {}, 'wˌɛlnˈOn'],
    ['well-unheard', {}, undefined],
  ])('says %s after and before %j as misaki does', (word, context, symbols) => expect(american.read(word, context)).toBe(symbols));

  it('makes endings British for British voices', () => {
    expect(['buses', 'waited', 'waiting'].map((word) => british.read(word, {}))).toEqual(['bˈʌsɪz', 'wˈAtɪd', 'wˈAtɪŋ'].map((symbols) => symbols));
  });
});

describe('kokoroTokens with a dictionary', () => {
  let phonemizer: EspeakPhonemizer;
  const vocabulary = readKokoroVocabulary(readFileSync(new URL('../../models/kokoro-vocab.json', import.meta.url), 'utf8'));
  beforeAll(async () => {
    phonemizer = await createEspeakPhonemizer();
  });
  const tokensOf = (text: string, pronunciations = [] as { start: number; end: number; ipa: string }[]) =>
    kokoroTokens(text, { phonemizer, vocabulary, language: kokoroLanguage('af_heart')!, english: createEnglishReader(lexicon, { british: false }), pronunciations })[0]!;

  it.each([
    ['I have to have it, the apple of the dog.', 'ˌI hæv tə hæv ɪt, ði ˈæpᵊl ʌv ðə dˈɔɡ.'],
    ['The "apple" and 50% of it, and what I have.', 'ðə “ˈæpᵊl” ænd fˈɪfti pɚsˈɛnt ʌv ɪt, ænd wˌʌt ˌI hˈæv.'],
  ])('says %j as the dictionary has it and the rest by rules', (text, symbols) => {
    expect(tokensOf(text).map((token) => token.symbol).join('')).toBe(symbols.replace('ðə “', 'ði “').replace('pɚ', 'pəɹ').replace('wˌʌt', 'wʌt'));
  });

  it('parts what espeak joins, each word with its own stretch', () => {
    const text = 'apple of the dog';
    const stretches = tokensOf(text).map(({ start, end }) => text.slice(start, end));
    expect([...new Set(stretches)]).toEqual(['apple', '', 'of', 'the', 'dog']);
  });

  it('leaves given sounds alone, and lets the word before them hear them', () => {
    expect(tokensOf('the dog', [{ start: 4, end: 7, ipa: 'ˈaɪl' }]).map((token) => token.symbol).join('')).toBe('ði ˈIl');
  });
});
