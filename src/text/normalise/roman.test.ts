import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['Malcolm X spoke', 'Malcolm X spoke'],
  ['The IV drip', 'The IV drip'],
  ['Elizabeth I was', 'Elizabeth the first was'],
  ['Then Mary and I left', 'Then Mary and I left'],
  ['Part I am', 'Part I am'],
  ['Super Bowl LVIII', 'Super Bowl fifty-eight'],
  ["John Paul II's", "John Paul the second's"],
  ['p. xii', 'page twelve'],
  ['point (iii)', 'point (three)'],
  ['f(x)', 'f(x)'],
  ['Scene II', 'Scene two'],
];

describe('Roman numerals', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
