import { beforeAll, describe, expect, it } from 'vitest';
import { createEspeakPhonemizer } from './espeak.ts';
import type { EspeakPhonemizer } from './espeak.ts';
import { cutIpa } from './ipa-units.ts';

let espeak: EspeakPhonemizer;
beforeAll(async () => {
  espeak = await createEspeakPhonemizer();
});

/** The sentence with `[word|ipa]` for what is given, as words; given ones carry a star. */
function spoken(marked: string): string {
  const pronunciations: { start: number; end: number; ipa: string }[] = [];
  let text = '';
  for (const part of marked.split(/(\[[^\]]*\|[^\]]*\])/u)) {
    const given = /^\[(.*)\|(.*)\]$/u.exec(part);
    const start = text.length;
    text += given?.[1] ?? part;
    if (given) pronunciations.push({ start, end: text.length, ipa: given[2]! });
  }
  return espeak
    .phonemiseWithPunctuation(text, 'en-us', pronunciations)
    .map((item) => (item.kind === 'punctuation' ? item.value : item.words.map((units, i) => units.join('') + (item.wordSpans[i]!.isGiven ? '*' : '')).join(' ')))
    .join(' ');
}

describe('pronunciations', () => {
  it.each([
    ['a word among others', 'I [read|ɹˈɛd] the book of the year, then.', 'aɪ ɹˈɛd* ðə bˈʊk ʌvðə jˈɪɹ , ðˈɛn .'],
    ['a word that espeak joins to its neighbour', 'One of [the|ˈðiː] best', 'wˈʌn ʌv ðˈiː* bˈɛst'],
    ['a stretch with marks in it', 'a [b, c.|biː siː] d', 'ɐ biː* siː* dˈiː'],
    ['a sign that is not said', 'the [★|stɑːɹ], then', 'ðə stɑːɹ* , ðˈɛn'],
    ['a number', 'the [3.14|ˈpaɪ] pie', 'ðə pˈaɪ* pˈaɪ'],
    ['a vowel, which changes the word before', 'the [100|ˈeɪti] pies', 'ðɪ ˈeɪti* pˈaɪz'],
    ['two words', 'the [New York|nuː ˈjɔːrk]-based firm', 'ðə nuː* jˈɔːɹk* bˈeɪst fˈɜːm'],
    ['a possessive', "[Nguyen|ˈwɪn]'s house", 'wˈɪnz* hˈaʊs'],
    ['a possessive after a hiss', "[Xerx|zɜːks]'s house", 'zɜːksɪz* hˈaʊs'],
    ['all there is', '[…|həˈloʊ]', 'həlˈoʊ*'],
    ['neighbours', '[a|ˈeɪ] [b|biː]', 'ˈeɪ* biː*'],
  ])('replace %s and leave the rest as it is', (_name, marked, expected) => expect(spoken(marked)).toBe(expected));

  it.each([
    ['none of IPA', { start: 0, end: 1, ipa: '你' }],
    ['no sound', { start: 0, end: 1, ipa: ' ˈ ' }],
    ['digits', { start: 0, end: 1, ipa: 'a1' }],
    ['an empty stretch', { start: 1, end: 1, ipa: 'a' }],
    ['a stretch outside the text', { start: 0, end: 9, ipa: 'a' }],
  ])('are refused with %s', (_name, pronunciation) => {
    expect(() => espeak.phonemiseWithPunctuation('a b', 'en-us', [pronunciation])).toThrow(expect.objectContaining({ code: 'input_invalid', param: 'phoneme' }));
  });

  it('are refused where they overlap', () => {
    const overlapping = [{ start: 0, end: 2, ipa: 'a' }, { start: 1, end: 3, ipa: 'a' }];
    expect(() => espeak.phonemiseWithPunctuation('a b', 'en-us', overlapping)).toThrow(expect.objectContaining({ code: 'input_invalid' }));
  });
});

describe('cutIpa', () => {
  it.each([
    ['en-us', 'həˈloʊ', 'h_ə_l_ˈoʊ'],
    ['en-us', '/ˈt͡ʃɜrtʃ/', 'tʃ_ˈɜ_ɹ_tʃ'],
    ['en-us', 'ˈlɪtəl', 'l_ˈɪ_t_əl'],
    ['en-us', 'bəˈloʊ', 'b_ə_l_ˈoʊ'],
    ['en-us', 'ˈfaɪ.nə.li', 'f_ˈaɪ_n_əl_i'],
    ['en-us', 'kɑːɹ', 'k_ɑːɹ'],
    ['en-gb', 'kɑː', 'k_ɑː'],
    ['en-gb', 'ˈstrəʊk', 's_t_ɹ_ˈəʊ_k'],
    ['en-us', 'ˈbʌtn̩', 'b_ˈʌ_t_n̩'],
    ['en-us', "'ga:", 'ɡ_ˈaː'],
    ['de', 'ˈtsaɪt', 'ts_ˈaɪ_t'],
    ['fr-fr', 'bɔ̃ˈʒuʁ', 'b_ɔ̃_ʒ_ˈu_ʁ'],
    ['es', 'ˈpero', 'p_ˈe_r_o'],
  ])('cuts %s %s as espeak would', (voice, ipa, units) => {
    expect(cutIpa(ipa, voice).map((word) => word.join('_').normalize('NFC'))).toEqual([units.normalize('NFC')]);
  });

  it('cuts what espeak itself says into the same units again', () => {
    const text = 'Judges usually measure the church clock, although nothing else about bottles, fire, hours and peculiar children would agree with their theory of choice';
    for (const voice of ['en-us', 'en-gb']) {
      const words = espeak.phonemiseWithPunctuation(text, voice).flatMap((item) => (item.kind === 'phonemes' ? item.words : []));
      for (const units of words) expect(cutIpa(units.join(''), voice)).toEqual([units]);
    }
  });
});
