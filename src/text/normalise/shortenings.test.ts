import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['Dr. Strange lives at 12 Oak Dr. near St. Paul', 'Doctor Strange lives at twelve Oak Drive near Saint Paul'],
  ['No. We said no.', 'No. We said no.'],
  ['5th Ave. is nice', 'fifth Avenue is nice'],
  ['Gen. Lee and Fr. Brown', 'General Lee and Father Brown'],
  ['Rep. what you hear', 'Rep. what you hear'],
  ['min. 5 and max. 7', 'minimum five and maximum seven'],
  ['Acme Co.', 'Acme Co.'],
  ['and so on, etc.', 'and so on, et cetera.'],
  ['w/o it', 'without it'],
  ['c. 1500', 'circa fifteen hundred'],
  ['the sec. is up', 'the sec. is up'],
  ['cat vs dog', 'cat versus dog'],
];

describe('abbreviations', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
