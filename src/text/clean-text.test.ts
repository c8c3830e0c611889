import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText } from './clean-text.ts';

const cases: readonly (readonly [name: string, given: string, expected: string])[] = [
  ['NUL between words', 'one\0two', 'one two'],
  ['a terminal colour', '\u001B[31mred\u001B[0m word', 'red word'],
  ['a lone escape', 'a\u001B b', 'a b'],
  ['an escape before a word', '\u001BHello', 'Hello'],
  ['a terminal title', '\u001B]0;title\u0007text', 'text'],
  ['an unfinished terminal title', '\u001B]0;title text', ']0;title text'],
  ['a lone surrogate', 'a\uD83Db', 'a b'],
  ['a whole emoji', 'a 😀 b', 'a 😀 b'],
  ['a family emoji', '👨‍👩‍👧', '👨‍👩‍👧'],
  ['a heart', '❤️', '❤️'],
  ['a flag of a region', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  ['hidden tag characters', 'a\u{E0041}\u{E0042}b', 'ab'],
  ['zero-width marks', 'vo\u200Bice\uFEFF', 'voice'],
  ['a soft hyphen', 'extra\u00ADordinary', 'extraordinary'],
  ['a joiner in a Latin word', 'vo\u200Dice', 'voice'],
  ['a joiner in Persian', 'می\u200Cخواهم', 'می\u200Cخواهم'],
  ['a joiner in Hindi', 'क्\u200Dष', 'क्\u200Dष'],
  ['bidi marks', '\u202Eabc\u202C', 'abc'],
  ['no-break blanks', 'a\u00A0b\u202Fc\u3000d', 'a b c d'],
  ['tabs and runs of blanks', 'a\t \t b', 'a b'],
  ['Windows and old Mac line breaks', 'a\r\nb\rc', 'a\nb\nc'],
  ['line and paragraph separators', 'a\u2028b\u2029c', 'a\nb\n\nc'],
  ['blanks around line breaks', 'a  \n  b', 'a\nb'],
  ['many empty lines', 'a\n\n \n\n\nb', 'a\n\nb'],
  ['full-width letters and digits', 'Ｈｅｌｌｏ １２３', 'Hello 123'],
  ['full-width stops, which end sentences', '你好！世界。', '你好！世界。'],
  ['a full-width decimal', '３．１４', '3.14'],
  ['half-width katakana', 'ｶﾞｷﾞ', 'ガギ'],
  ['a ligature', 'eﬃcient', 'efficient'],
  ['mathematical letters', '𝐛𝐨𝐥𝐝', 'bold'],
  ['circled letters', 'ⓐⓑ', 'ab'],
  ['Roman numerals', 'Henry Ⅷ', 'Henry VIII'],
  ['superscripts, fractions and signs as they are', 'x² ½ ™ №', 'x² ½ ™ №'],
  ['decomposed accents', 'cafe\u0301', 'café'],
  ['a private-use character', 'a\uE000b', 'a b'],
  ['nothing but blanks', ' \n \u200B', ''],
];

describe('cleanText', () => {
  for (const [name, given, expected] of cases) {
    it(`handles ${name}`, () => expect(cleanText(given)).toBe(expected));
  }

  it('is idempotent and always well formed, in NFC and without controls', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const clean = cleanText(text);
        expect(cleanText(clean)).toBe(clean);
        expect(clean.isWellFormed()).toBe(true);
        expect(clean.normalize('NFC')).toBe(clean);
        expect(clean).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F]/);
      }),
      { numRuns: 2000 },
    );
  });

  it('loses no letter or digit of plain words', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-zA-Z0-9éüß]{1,8}$/), { maxLength: 12 }), fc.constantFrom('\0', '\u00A0', '\r\n', '\u2028', '\uD800', '\t'), (words, joint) => {
        expect(cleanText(words.join(joint)).split(/\s+/u).filter(Boolean)).toEqual(words);
      }),
    );
  });

  it('takes floods in linear time', () => {
    for (const flood of ['\u{E0041}', '\u200D', '\u001B]', '\u001B[', '\n ', ' \n', '\uFE0F', 'ｶ', '１．']) {
      expect(typeof cleanText(flood.repeat(200_000))).toBe('string');
    }
  }, 30_000);
});
