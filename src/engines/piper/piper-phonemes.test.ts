import { describe, expect, it } from 'vitest';
import type { Pronunciation } from '../../text/passage.ts';
import { createEspeakPhonemizer } from '../phonemes/espeak.ts';
import { idsOf, isPronounceable, splitSymbols, symbolsOf } from './piper-phonemes.ts';
import type { PiperFrontEnd } from './piper-phonemes.ts';

const phonemizer = await createEspeakPhonemizer();
const alphabet = Array.from("_^$ !',-.:;?abcdefhijklmnopqrstuvwxyzæçðøŋɐɑɒɔəɚɛɜɡɪɹɾʃʊʌʒˈˌːθᵻ\u0303");
const phonemeIds = new Map(alphabet.map((symbol, id) => [symbol, [id]]));

function frontEnd(change: Partial<PiperFrontEnd['config']> = {}): PiperFrontEnd {
  return { config: { phonemeType: 'espeak', espeakVoice: 'en-us', phonemeIds, clusters: [], ...change }, phonemizer };
}

function spelled(text: string, change?: Partial<PiperFrontEnd['config']>): string {
  return symbolsOf(text, frontEnd(change)).map(({ symbol }) => symbol).join('');
}

function given(text: string, pronunciation: Pronunciation): string {
  return symbolsOf(text, frontEnd(), [pronunciation]).map(({ symbol }) => symbol).join('');
}

describe('symbolsOf', () => {
  it('puts punctuation back where it stood, with a blank behind it', () => {
    expect(spelled('Well, yes; no: why? Go!')).toBe('wˈɛl, jˈɛs; nˈoʊ: wˈaɪ? ɡˈoʊ!');
  });

  it('turns dashes into semicolons and keeps words apart at what is dropped', () => {
    expect(spelled('yes — no (yes) "no"')).toBe('jˈɛs; nˈoʊ jˈɛs nˈoʊ');
  });

  it('does not fuse words at an ellipsis and ends a sentence that trails off', () => {
    expect(spelled('yes…no')).toBe('jˈɛs, nˈoʊ');
    expect(spelled('yes...')).toBe('jˈɛs.');
  });

  it('says a stretch as its pronunciation tells, whatever stands there', () => {
    expect(given('say xyz now', { start: 4, end: 7, ipa: 'həˈloʊ' })).toBe('sˈeɪ həlˈoʊ nˈaʊ');
    expect(given('say 3, 4 now', { start: 4, end: 8, ipa: 'həˈloʊ wɜːld' })).toBe('sˈeɪ həlˈoʊ wɜːld nˈaʊ');
  });

  it('reads double brackets as text, which are phonemes to Piper itself', () => {
    expect(spelled('[[ go ]]')).toBe('ɡˈoʊ');
  });

  it('decomposes accents into symbols of their own and says what the voice lacks by its nearest', () => {
    expect(given('x', { start: 0, end: 1, ipa: 'ɑ̃' })).toBe('ɑ\u0303');
    expect(given('x', { start: 0, end: 1, ipa: 'ʁaɪ' })).toBe('ɹaɪ');
  });

  it('refuses a sound that the voice has nothing near, and any sound for a voice of letters', () => {
    expect(() => given('x', { start: 0, end: 1, ipa: 'ʘa' })).toThrow(expect.objectContaining({ code: 'input_invalid', param: 'phoneme' }));
    expect(() => symbolsOf('x', frontEnd({ phonemeType: 'text' }), [{ start: 0, end: 1, ipa: 'a' }])).toThrow(expect.objectContaining({ code: 'input_unsupported', param: 'phoneme' }));
  });

  it('keeps a voice’s clusters together, the longest first', () => {
    const ids = new Map([...phonemeIds, ['aɪ', [200]], ['aɪə', [201]]]);
    const symbols = symbolsOf('fire', frontEnd({ phonemeIds: ids, clusters: ['aɪə', 'aɪ'] }), [{ start: 0, end: 4, ipa: 'faɪə' }]);
    expect(symbols.map(({ symbol }) => symbol)).toEqual(['f', 'aɪə']);
  });

  it('spells for voices trained on letters, in small ones where the voice has no capitals', () => {
    expect(spelled('Hi,  You–me', { phonemeType: 'text' })).toBe('hi, you;me');
  });

  it('tells which word or mark a symbol came from', () => {
    const text = 'One of the, yes';
    const words = symbolsOf(text, frontEnd()).map(({ textStart, textEnd }) => text.slice(textStart, textEnd));
    expect([...new Set(words)]).toEqual(['One', '', 'of the', ',', 'yes']);
  });

  it('finds nothing to say in marks alone', () => {
    expect(isPronounceable(symbolsOf('?! …', frontEnd()))).toBe(false);
    expect(isPronounceable(symbolsOf('a', frontEnd()))).toBe(true);
  });
});

describe('idsOf', () => {
  it('pads after the beginning and after each symbol, and not after the end', () => {
    const ids = new Map([['_', [0]], ['^', [1]], ['$', [2]], ['a', [7, 8]], ['b', [9]]]);
    const symbols = symbolsOf('ab', frontEnd({ phonemeType: 'text', phonemeIds: ids }));
    expect(idsOf(symbols, { phonemeIds: ids })).toEqual([1, 0, 7, 8, 0, 9, 0, 2]);
  });
});

describe('splitSymbols', () => {
  it('loses nothing and cuts after a mark, else after a blank', () => {
    const symbols = symbolsOf(`${'abcd '.repeat(20)}abc, ${'abcd '.repeat(30)}`, frontEnd({ phonemeType: 'text' }));
    const parts = splitSymbols(symbols, 120);
    expect(parts.flat()).toEqual(symbols);
    expect(parts.every((part) => part.length <= 120)).toBe(true);
    expect(parts[0]!.at(-1)!.symbol).toBe(',');
    expect(parts[1]!.at(-1)!.symbol).toBe(' ');
  });
});
