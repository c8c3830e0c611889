import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceSpan } from './aligned-text.ts';
import { cleanAligned, cleanText } from './clean-text.ts';

const pieces = fc.constantFrom(
  'word', ' ', '\n', '\r\n', '\u2029', '\t', '\0', '\u001B[31m', '\u00A0', '\u200B', '\u00AD', '\uD800', '\uDC00', '😀', '👩‍👧', '❤️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '\u{E0041}', 'é', 'e\u0301', 'a\u0323\u0302', '\u0301',
  '\u1100\u1161\u11A8', 'ｶﾞ', 'ﬃ', '１．２', '𝐛', 'Ⅷ', 'Å', '\u0344', '\u0958', '\u09C7\u09BE', '\u2126', '한', '\u0F73', 'क्‍ष', '\uE000', '\uFFFE',
);

describe('cleanAligned', () => {
  it('gives the text that cleanText gives', () => {
    fc.assert(fc.property(fc.oneof(fc.array(pieces, { maxLength: 25 }).map((parts) => parts.join('')), fc.string({ unit: 'binary', maxLength: 60 })), (text) => {
      expect(cleanAligned(text).text).toBe(cleanText(text));
    }), { numRuns: 4000 });
  });

  it('gives it for every block of Unicode', () => {
    for (let block = 0; block < 0x110000; block += 0x80) {
      const text = Array.from({ length: 0x80 }, (_, i) => (block + i >= 0xd800 && block + i < 0xe000 ? String.fromCharCode(block + i) : String.fromCodePoint(block + i))).join('a');
      if (cleanAligned(text).text !== cleanText(text)) expect(cleanAligned(text).text, block.toString(16)).toBe(cleanText(text));
    }
  });

  it('knows where each word came from', () => {
    const source = '\u001B[31m One\0\0two\u00A0\u00A0 cafe\u0301 ｅｎｄ ';
    const clean = cleanAligned(source);
    for (const [word, raw] of [['One', 'One'], ['two', 'two'], ['café', 'cafe\u0301'], ['end', 'ｅｎｄ']] as const) {
      const start = clean.text.indexOf(word);
      const span = sourceSpan(clean, { start, end: start + word.length });
      expect(source.slice(span.start, span.end)).toBe(raw);
    }
  });

  it('never points backwards or outside, and covers every letter', () => {
    fc.assert(fc.property(fc.array(pieces, { maxLength: 25 }), (parts) => {
      const source = parts.join('');
      const { text, starts, ends } = cleanAligned(source);
      for (let i = 0; i < text.length; i++) {
        expect(starts[i]).toBeGreaterThanOrEqual(i === 0 ? 0 : starts[i - 1]!);
        expect(ends[i]).toBeGreaterThanOrEqual(starts[i]!);
        expect(ends[i]).toBeLessThanOrEqual(source.length);
      }
    }), { numRuns: 1000 });
  });
});
