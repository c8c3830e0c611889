import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['born 12 May 1955', 'born the twelfth of May, nineteen fifty-five'],
  ['the 4th of July', 'the fourth of July'],
  ['July the 4th', 'July fourth'],
  ['1st May', 'the first of May'],
  ['13/01/2020', 'January thirteenth, twenty twenty'],
  ['04/05/2021', 'the fourth of May, twenty twenty-one', 'en-GB'],
  ['04/05/2021', 'April fifth, twenty twenty-one'],
  ['99/99/2021', 'ninety-nine/ninety-nine/twenty twenty-one'],
  ['March on 5 cities', 'March on five cities'],
  ['Mar the surface', 'Mar the surface'],
  ['the sun sat', 'the sun sat'],
  ['Sat on it', 'Sat on it'],
  ['On Tues. we left', 'On Tuesday we left'],
  ['Mon., Jan. 5', 'Monday, January fifth'],
  ['May 3-5, 2024', 'May third to fifth, twenty twenty-four'],
  ['In Feb. 2023', 'In February twenty twenty-three'],
  ['since 9/11', 'since nine eleven'],
  ['2024-03-15 10:30', 'March fifteenth, twenty twenty-four, at ten thirty'],
];

describe('dates', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
