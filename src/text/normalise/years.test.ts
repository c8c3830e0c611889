import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['the 2024 elections', 'the twenty twenty-four elections'],
  ['He counted 1789 people.', 'He counted one thousand seven hundred eighty-nine people.'],
  ['1024 of them', 'one thousand twenty-four of them'],
  ['in 1024', 'in ten twenty-four'],
  ['5000 years', 'five thousand years'],
  ['the 2000s', 'the two thousands'],
  ["the '60s", 'the sixties'],
  ["the 1980's", 'the nineteen eighties'],
  ["the class of '07", 'the class of oh seven'],
  ['from 44 BC to AD 14', 'from forty-four B.C to A.D fourteen'],
  ['two 747s', 'two seven forty-sevens'],
  ['100s of people', 'hundreds of people'],
  ['2010', 'twenty ten', 'en-GB'],
  ['in 2008', 'in two thousand and eight', 'en-GB'],
  ['FY2024', 'F.Y twenty twenty-four'],
];

describe('years', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
