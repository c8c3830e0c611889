import { describe, expect, it } from 'vitest';
import { readLines } from './read-lines.ts';

async function linesOf(text: string, cutEvery: number): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  async function* cut() {
    for (let at = 0; at < bytes.length; at += cutEvery) yield bytes.slice(at, at + cutEvery);
  }
  const lines: string[] = [];
  for await (const line of readLines(cut())) lines.push(line);
  return lines;
}

describe('JSON lines', () => {
  it.each([1, 2, 3, 7, 100])('come whole, however the network cut them: every %i bytes', async (cutEvery) => {
    expect(await linesOf('{"a":"é🙂"}\n{"b":1}\n\n{"c"', cutEvery)).toEqual(['{"a":"é🙂"}', '{"b":1}', '', '{"c"']);
  });

  it('are none where nothing came', async () => {
    expect(await linesOf('', 1)).toEqual([]);
  });
});
