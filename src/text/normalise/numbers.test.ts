import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['I have 12 of 345.', 'I have twelve of three hundred forty-five.'],
  ['It fell by -0.25 today.', 'It fell by minus zero point two five today.'],
  ['10 - 20 people', 'ten to twenty people'],
  ['20 - 10 = 10', 'twenty minus ten equals ten'],
  ['the 1st of 1,000', 'the first of one thousand'],
  ['the 22nd, 23rd and 100th', 'the twenty-second, twenty-third and one hundredth'],
  ['3 1/2 of 4', 'three and a half of four'],
  ['10⁻⁹', 'ten to the power of minus nine'],
  ['6.02 × 10²³', 'six point zero two times ten to the power of twenty-three'],
  ['(x + 1)²', '(x plus one) squared'],
  ['f(x) = 3x - 1', 'f(x) equals three x minus one'],
  ['1,2,3', 'one,two,three'],
  ['12-34-56', 'twelve, thirty-four, fifty-six'],
  ['Part no. 12345-678', 'Part number one two three four five, six seven eight'],
  ['words.² Then', 'words. two Then'],
  ['0.10', 'zero point one zero'],
  ['1e-9', 'one times ten to the power of minus nine'],
  ['a 10k race', 'a ten K race'],
  ['a 4−0 win', 'a four to zero win'],
  ['20/20 vision', 'twenty twenty vision'],
  ['5/5', 'five out of five'],
  ['Room 237', 'Room two thirty-seven'],
  ['bus 1408', 'bus fourteen oh eight'],
  ['1,105', 'one thousand one hundred and five', 'en-GB'],
  ['1,000,001', 'one million and one', 'en-GB'],
  ['1'.repeat(40), Array.from({ length: 40 }, () => 'one').join(' ')],
];

describe('numbers', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
