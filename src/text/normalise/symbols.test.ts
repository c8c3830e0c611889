import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['a && b', 'a and b'],
  ['x -> y', 'x to y'],
  ['p < 0.05', 'p is less than zero point zero five'],
  ['he/she', 'he she'],
  ['v5/v6', 'version five version six'],
  ['11in x 7in', 'eleven inches by seven inches'],
  ['snake_case_name', 'snake case name'],
  ['well-known', 'well-known'],
  ['A – B', 'A – B'],
  ['50 % off', 'fifty percent off'],
  ['50 \u0025', 'fifty percent'],
  ['the ™ sign', 'the trademark sign'],
  ['{a} [b] |c|', '{a} [b] |c|'],
  ['tea&cake', 'tea and cake'],
  ['~5 to ~10', 'about five to about ten'],
  ['Is it >= 5?', 'Is it greater than or equal to five?'],
];

describe('symbols', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
