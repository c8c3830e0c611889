import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['(212) 555-0100', 'two one two, five five five, zero one zero zero'],
  ['212 555 0100', 'two one two, five five five, zero one zero zero'],
  ['020 7946 0958', 'oh two oh, seven nine four six, oh nine five eight', 'en-GB'],
  ['+49 30 123456', 'plus four nine, three zero, one two three four five six'],
  ['pages 100-1200', 'pages one hundred to one thousand two hundred'],
  ['My zip is 90210.', 'My zip is nine zero two one zero.'],
  ['Paris, TX 75460', 'Paris, T.X seven five four six zero'],
  ['9780306406157', 'nine seven eight zero three zero six four zero six one five seven'],
];

describe('telephone and other numbers in groups', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
