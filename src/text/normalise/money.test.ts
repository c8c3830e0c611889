import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['He paid $3.', 'He paid three dollars.'],
  ['$0.01', 'one cent'],
  ['£0.50', 'fifty pence'],
  ['£1.05', 'one pound five'],
  ['€1,000.50', 'one thousand euros fifty'],
  ['1.000,50 €', 'one thousand euros fifty'],
  ['$1.5 billion', 'one point five billion dollars'],
  ['$3 trillion-plus', 'three trillion dollars-plus'],
  ['C$20', 'twenty Canadian dollars'],
  ['$5/lb', 'five dollars per pound'],
  ['an $80 fine', 'an eighty dollar fine'],
  ['JPY 1,000', 'one thousand yen'],
  ['$HOME', '$HOME'],
];

describe('money', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
