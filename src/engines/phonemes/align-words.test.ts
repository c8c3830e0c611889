import { beforeAll, describe, expect, it } from 'vitest';
import { alignWords } from './align-words.ts';
import { createEspeakPhonemizer } from './espeak.ts';
import type { EspeakPhonemizer } from './espeak.ts';

let espeak: EspeakPhonemizer;
beforeAll(async () => {
  espeak = await createEspeakPhonemizer();
});

/** The stretches of text that the spoken words stand for, punctuation left out. */
function stretches(text: string, voice: string): string[] {
  return espeak.phonemiseWithPunctuation(text, voice).flatMap((item) => (item.kind === 'phonemes' ? item.wordSpans.map(({ start, end }) => text.slice(start, end)) : []));
}

describe('wordSpans', () => {
  it.each([
    ['en-us', 'One of the best of a kind in the world', ['One', 'of the', 'best', 'of a', 'kind', 'in the', 'world']],
    ['en-us', 'I would have been out of it if it had not been for the dog', ['I', 'would have', 'been', 'out of', 'it', 'if', 'it', 'had', 'not', 'been', 'for the', 'dog']],
    ['en-us', 'one has to be here for a while', ['one', 'has', 'to be', 'here', 'for a', 'while']],
    ['en-us', 'It costs 1987 dollars, of the 5 p.m. lot', ['It', 'costs', '1987', '1987', '1987', 'dollars', 'of the', '5', 'p.m.', 'lot']],
    ['en-us', '50% of it is C++ @home', ['50%', '50%', 'of', 'it', 'is', 'C++', 'C++', '@home', '@home']],
    ['en-us', "I don't think he's well-known, is it?", ['I', "don't", 'think', "he's", 'well-known', 'is', 'it']],
    ['en-us', 'mother-in-law of the U.S.A. won', ['mother-in-law', 'of the', 'U.S.A.', 'won']],
    ['en-us', 'Dr. Smith  (J. R. Tolkien)', ['Dr', 'Smith', 'J', 'R', 'Tolkien']],
    ['en-us', 'a\u200Bb c\u00A0d', ['a\u200Bb', 'c', 'd']],
    ['en-gb', 'It was a kind of a race for the two of them', undefined],
    ['fr-fr', 'Les enfants qui l’ont vu s’en vont aujourd’hui', ['Les', 'enfants', 'qui', 'l’ont', 'vu', 's’en', 'vont', 'aujourd’hui']],
    ['de', 'Das ist der zweiundzwanzigste Tag von 1987 an', ['Das', 'ist', 'der', 'zweiundzwanzigste', 'Tag', 'von', '1987', '1987', '1987', '1987', '1987', 'an']],
    ['es', 'Se lo dije al niño de la calle', ['Se', 'lo', 'dije', 'al', 'niño', 'de', 'la', 'calle']],
    ['it', "L'amico dell'uomo c'è", ["L'amico", "dell'uomo", "c'è"]],
    ['hi', 'मेरा नाम राम है', ['मेरा', 'नाम', 'राम', 'है']],
    ['cmn', '你好世界', ['你好世界', '你好世界', '你好世界']],
  ] as const)('finds the words of %s %j', (voice, text, expected) => {
    const found = stretches(text, voice);
    if (expected !== undefined) expect(found).toEqual(expected);
    // Whatever is joined or cut: every word is covered, in order.
    let at = 0;
    for (const word of text.matchAll(/[\p{L}\p{N}]+/gu)) {
      at = found.findIndex((stretch, index) => index >= at && stretch.includes(word[0]));
      expect(at, word[0]).toBeGreaterThanOrEqual(0);
    }
  });

  it('stays with its words when espeak takes a text in parts', () => {
    const text = 'one of the best windows '.repeat(150).trim();
    expect(stretches(text, 'en-us').join(' ')).toBe(text);
  });

  it('gives the pieces of a word that is too long for espeak all of its stretch', () => {
    const text = `a ${'banana'.repeat(50)} c`;
    expect(new Set(stretches(text, 'en-us'))).toEqual(new Set(['a', 'banana'.repeat(50), 'c']));
  });
});

describe('alignWords', () => {
  it('gives a spoken word without any likeness the place between its neighbours', () => {
    expect(alignWords([['a'], ['t', 's'], ['o']], [['a'], ['o']])).toEqual([{ first: 0, last: 0 }, { first: 0, last: 0 }, { first: 1, last: 1 }]);
  });

  it('passes over words of which nothing is said', () => {
    expect(alignWords([['a'], ['o']], [['a'], [], ['o']])).toEqual([{ first: 0, last: 0 }, { first: 2, last: 2 }]);
  });
});
