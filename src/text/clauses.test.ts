import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitClauses } from './clauses.ts';

const cases: readonly (readonly [marked: string, minChars: number, maxChars: number])[] = [
  ['When the rain stopped, | we walked home.', 10, 200],
  ['Yes, we walked home again.', 10, 200],
  ['We walked home again, yes.', 10, 200],
  ['One thing is sure: | nobody knows it; | nobody asked — | or so they say.', 10, 200],
  ['They came (all of them) | and left again.', 12, 200],
  ['It cost 1,000 dollars at 3:05 in all.', 5, 200],
  ['slow and steady—| then very fast', 5, 200],
  ['"Well then," | he said at last.', 5, 200],
  ['We asked Dr. Smith to come along today.', 5, 200],
  ['one two three four | five six seven eight', 5, 25],
  ['今日は雨です、| 明日は晴れでしょう。', 4, 200],
];

describe('splitClauses', () => {
  for (const [marked, minChars, maxChars] of cases) {
    it(`cuts: ${marked} (${minChars}–${maxChars})`, () => {
      const isTight = /\S\| /u.test(marked);
      const sentence = marked.replaceAll(isTight ? '| ' : ' | ', isTight ? '' : ' ');
      expect(splitClauses(sentence, { minChars, maxChars }).map((clause) => clause.text)).toEqual(marked.split(isTight ? '| ' : ' | '));
    });
  }

  it('loses nothing, keeps to the longest length and splits no character', () => {
    const word = fc.constantFrom('word', ', ', ' ', '; ', 'a', '(b)', '—', ' — ', '字', '，', '😀', 'x'.repeat(40), 'é', '1,000', '." ');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 21, max: 60 }), (words, minChars, maxChars) => {
        const sentence = words.join('');
        const clauses = splitClauses(sentence, { minChars, maxChars });
        let from = 0;
        for (const clause of clauses) {
          expect(sentence.slice(clause.start, clause.end)).toBe(clause.text);
          expect(sentence.slice(from, clause.start).trim()).toBe('');
          expect(clause.text.length).toBeLessThanOrEqual(maxChars);
          expect(clause.text.isWellFormed()).toBe(true);
          from = clause.end;
        }
        expect(sentence.slice(from).trim()).toBe('');
      }),
      { numRuns: 500 },
    );
  });
});
