/** docs/reading.md says what is so: each of its examples is read as it says. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';

const page = readFileSync(new URL('../../../docs/reading.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| ([^|]+) \| `(.+)` \| (.+) \|$/gmu)];

describe('docs/reading.md', () => {
  it('has examples', () => expect(rows.length).toBeGreaterThan(25));

  for (const [, name, written, said] of rows) it(`${name}: ${written}`, () => expect(read(written!, name!.endsWith('GB') ? 'en-GB' : 'en-US')).toBe(said));
});
