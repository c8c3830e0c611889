import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['HTML5', 'H.T.M.L five'],
  ['The CEO met CEOs', "The C.E.O met C.E.O's"],
  ["the EU's rules", "the E.U's rules"],
  ['DO NOT TOUCH', 'DO NOT TOUCH'],
  ['WARNING: hot', 'WARNING: hot'],
  ['I live in the US.', 'I live in the U.S.'],
  ['GPT-4o', 'G.P.T four O'],
  ['7-Eleven', 'seven-Eleven'],
  ['401(k)', 'four oh one K'],
  ['6e742170d309', 'six E seven four two one seven zero D three zero nine'],
  ['SmolLM2-135M', 'SmolLM two-one hundred thirty-five million'],
  ['WW2', 'World War Two'],
  ['from A to B', 'from A- to B'],
  ['A dog barks', 'A dog barks'],
  ['Q&A', 'Q-and-A'],
  ['M&Ms', "M and M's"],
  ['iPhone 15 Pro', 'iPhone fifteen Pro'],
  ['J.R.R. Tolkien', 'J.R.R. Tolkien'],
];

describe('letters', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
