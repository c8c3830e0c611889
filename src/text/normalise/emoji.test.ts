import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['Hello 🎉!', 'Hello, party popper!'],
  ['I ❤️ you', 'I love you'],
  ['🎉🎉🎉', 'party popper'],
  ['👩🏽‍🚀', 'woman astronaut'],
  ['🇫🇷 and 🇩🇪', 'France flag and Germany flag'],
  ['1️⃣ first', 'one first'],
  ['so 😂 funny', 'so face with tears of joy funny'],
  ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'England flag'],
  ['👍 👍', 'thumbs up'],
];

describe('emoji', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
