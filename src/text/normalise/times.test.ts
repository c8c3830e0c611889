import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['11:59:59 PM', 'eleven fifty-nine and fifty-nine seconds P.M'],
  ['at 5 p.m.', 'at five P.M.'],
  ['at 5 p.m. we left', 'at five P.M we left'],
  ['5.30pm', 'five thirty P.M'],
  ['1–3pm', 'one to three P.M'],
  ['9:00-10:00 a.m.', "nine o'clock to ten A.M."],
  ['00:00', 'zero hundred'],
  ['12:00', "twelve o'clock"],
  ['25:00', 'twenty-five to zero zero'],
  ['I am 9 amazing', 'I am nine amazing'],
  ['2h 30m', 'two hours thirty minutes'],
  ['5m30s', 'five minutes thirty seconds'],
];

describe('times', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
