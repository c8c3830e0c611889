/** Whatever comes in: nothing breaks, no word is lost, and every character knows its source. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlignedText } from '../aligned-text.ts';
import { cleanAligned } from '../clean-text.ts';
import { speakMarkdown } from '../markdown/speak-markdown.ts';
import { hardCases, britishCases } from './cases/hard-cases.ts';
import { normaliseSentence } from './normalise.ts';

const locales = ['en-US', 'en-GB', 'de-DE', 'fr', 'ja'];
const bits = fc.constantFrom(
  'word', 'A', 'I', 'IV', 'NASA', 'FBI', 'Dr.', 'St.', 'No.', 'e.g.', 'Jan.', 'Mon', 'a.m.', 'km', 'x', 'v', 'https://', 'www.', 'a@b.co', '.com', '1', '12', '2024', '1,234', '3.5', '0', '007', '1/2', '½', '²', '₂',
  ' ', ' ', ' ', '\n', '\n\n', '.', ',', ':', ';', '-', '–', '—', '/', '\\', '(', ')', '[', ']', '{', '}', '<', '>', '"', "'", '’', '*', '**', '_', '`', '```', '~', '#', '|', '&', '@', '$', '€', '%', '°', '+', '=', '^', '!', '?', '→', '™',
  '😀', '👍🏽', '👨‍👩‍👧', '🇫🇷', '❤️', '1️⃣', 'é', 'ß', '日本', 'مرحبا', 'ا\u0651', '\u202E', '\u0301\u0301\u0301', '\uD800', '\uDC00', '<b>', '</b>', '<!--', '-->', '- ', '> ', '1. ', '# ', '|---|', '[^1]', '](', 'T10:30Z', 'e-5', 'pm', 'th', 's', 'GB', '°C', "5'10\"",
);

function check({ text, starts, ends }: AlignedText, length: number): void {
  expect(starts.length).toBe(text.length);
  let before = 0;
  let beforeEnd = 0;
  for (let i = 0; i < text.length; i++) {
    if (starts[i]! < before || ends[i]! < beforeEnd || ends[i]! < starts[i]! || ends[i]! > length) throw new Error(`alignment of ${JSON.stringify(text)} at ${i}`);
    before = starts[i]!;
    beforeEnd = ends[i]!;
  }
}

/** Every letter and digit of the sentence lies in the stretch that some character of the said stands for. */
function lost(from: AlignedText, said: AlignedText): string {
  const covered = new Uint8Array(Math.max(0, ...from.ends) + 1);
  for (let i = 0; i < said.text.length; i++) covered.fill(1, said.starts[i], said.ends[i]);
  return Array.from(from.text, (char, i) => (/[\p{L}\p{N}]/u.test(char) && from.text.length === Array.from(from.text).length && covered[from.starts[i]!] === 0 ? char : '')).join('');
}

describe('reading', () => {
  it('survives anything, keeps alignment and loses no letter', () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(bits, { maxLength: 30 }).map((parts) => parts.join('')), fc.string({ unit: 'binary', maxLength: 50 })), fc.constantFrom(...locales), (source, locale) => {
        const clean = cleanAligned(source);
        check(clean, source.length);
        const marked = speakMarkdown(clean);
        check(marked, source.length);
        const said = normaliseSentence(marked, { locale });
        check(said, source.length);
        expect(lost(marked, said)).toBe('');
      }),
      { numRuns: 6000 },
    );
  });

  it('takes every block of Unicode', () => {
    for (let block = 0; block < 0x110000; block += 0x200) {
      const source = Array.from({ length: 0x200 }, (_, i) => (block + i >= 0xd800 && block + i < 0xe000 ? String.fromCharCode(block + i) : String.fromCodePoint(block + i))).join(' 1');
      const marked = speakMarkdown(cleanAligned(source));
      const said = normaliseSentence(marked, { locale: 'en' });
      check(said, source.length);
    }
  });

  it('reads what it has read as it stands', () => {
    for (const [cases, locale] of [[Object.values(hardCases).flat(), 'en-US'], [britishCases, 'en-GB']] as const) {
      for (const [written] of cases) {
        const once = normaliseSentence(speakMarkdown(cleanAligned(written)), { locale });
        expect(normaliseSentence(once, { locale }).text).toBe(once.text);
      }
    }
  });

  it('keeps the words of plain prose, which it hands back untouched', () => {
    const prose = cleanAligned('When the rain had stopped, nobody knew – not even Martha – what to say; "Well," she said at last, "let us go."');
    expect(normaliseSentence(speakMarkdown(prose), { locale: 'en-US' })).toBe(prose);
  });

  it('looks at every part of a text a bounded number of times', () => {
    // Quadratic work on 120,000 characters would run into the test's time limit.
    const floods = ['1', '1-', '1.', '1,', '1/', '1:', '$', '(', '((1', '-', '+1', 'A', 'a.', 'A.', 'a@', 'a/', '/', '.', '#', '@', '~', '😀', '👍🏽', '\u200D', '[', '](', '*a ', '**', '_', '`', '`a', '<', '<!--', '<b ', '|', '|-', '> ', '- ', '\n- a', '\n1. a', 'http://', 'www.', 'a1', '1a', 'Dr.', '°', '^', '²', '½', '&', '&#', 'IV ', '1 ', '10 ', 'Jan ', "'", '"1', '=', '1e', 'x1', '\n|a|b|\n|-|-|\n'];
    for (const flood of floods) {
      const source = flood.repeat(Math.ceil(120_000 / flood.length));
      const clean = cleanAligned(source);
      const said = normaliseSentence(speakMarkdown(clean), { locale: 'en-US' });
      expect(said.starts.length, JSON.stringify(flood)).toBe(said.text.length);
      normaliseSentence(clean, { locale: 'de-DE' });
    }
  }, 60_000);
});
