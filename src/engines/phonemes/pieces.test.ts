import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAtPunctuation } from './pieces.ts';

const cases: readonly (readonly [text: string, pieces: readonly string[], locale?: string])[] = [
  ['Hello, world!', ['Hello', ',', 'world', '!']],
  ['Dr. Smith came.', ['Dr Smith came', '.']],
  ['J. R. R. Tolkien wrote.', ['J R R Tolkien wrote', '.']],
  ['Use e.g. this.', ['Use e.g. this', '.']],
  ['It was 5 p.m. then.', ['It was 5 p.m. then', '.']],
  ['It costs 1,000.50 at 3:05.', ['It costs 1,000.50 at 3:05', '.']],
  ['.5 is half', ['.5 is half']],
  ['see file.txt', ['see file.txt']],
  ['Well... yes', ['Well', '…', 'yes']],
  ['Well . . . yes', ['Well', '…', 'yes']],
  ['a well-known word', ['a well-known word']],
  ['this - that', ['this', '—', 'that']],
  ['this -- that', ['this', '—', 'that']],
  ['this—that – or', ['this', '—', 'that', '–', 'or']],
  ['it is -5 here', ['it is -5 here']],
  ['"Go," he (all) said', ['"', 'Go', ',', '"', 'he', '(', 'all', ')', 'said']],
  ['Il dit « non » ; oui', ['Il dit', '«', 'non', '»', ';', 'oui'], 'fr'],
  ['¿Qué? ¡No!', ['¿', 'Qué', '?', '¡', 'No', '!'], 'es'],
  ['你好。世界', ['你好', '。', '世界'], 'cmn'],
  ["it's fine, dogs' tails", ["it's fine", ',', "dogs' tails"]],
  ['', []],
  ['   ', []],
];

describe('cutAtPunctuation', () => {
  for (const [text, pieces, locale = 'en'] of cases) {
    it(`cuts ${JSON.stringify(text)}`, () => expect(cutAtPunctuation(text, locale).map((piece) => piece.value)).toEqual(pieces));
  }

  it('covers everything but blanks, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('Dr.', 'a', ' ', ', ', '.', '...', ' - ', '--', '3.14', '"', '(', 'e.g.', '—', '。', '😀', '. . .'), { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        let from = 0;
        for (const piece of cutAtPunctuation(text)) {
          expect(piece.start).toBeGreaterThanOrEqual(from);
          expect(text.slice(from, piece.start)).toMatch(/^[\s.]*$/u);
          expect(piece.end).toBeGreaterThan(piece.start);
          expect(text.slice(piece.start, piece.end)).toMatch(/^\S(?:[^]*\S)?$/u);
          from = piece.end;
        }
        expect(text.slice(from)).toMatch(/^[\s.]*$/u);
      }),
    );
  });
});
