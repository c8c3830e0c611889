import { describe, expect, it } from 'vitest';
import { createPauseFinder } from './pauses.ts';

/** A tone with silences, in seconds. */
function tone(length: number, ...silences: [from: number, to: number][]): Float32Array {
  const samples = Float32Array.from({ length: length * 16_000 }, (_, i) => 0.3 * Math.sin(i / 4));
  for (const [from, to] of silences) samples.fill(0.0003, from * 16_000, to * 16_000);
  return samples;
}

describe('createPauseFinder', () => {
  it('gives the edges of a pause to a time inside it or near it', () => {
    const edgesAt = createPauseFinder(tone(2, [0.8, 1.1]));
    for (const seconds of [0.75, 0.9, 1.14]) {
      const { endSeconds, startSeconds } = edgesAt(seconds);
      expect(Math.abs(endSeconds - 0.8)).toBeLessThanOrEqual(0.02);
      expect(Math.abs(startSeconds - 1.1)).toBeLessThanOrEqual(0.02);
    }
  });

  it('leaves a time alone where nobody pauses', () => {
    expect(createPauseFinder(tone(2, [0.8, 1.1]))(0.6)).toEqual({ endSeconds: 0.6, startSeconds: 0.6 });
    expect(createPauseFinder(tone(1))(0.5)).toEqual({ endSeconds: 0.5, startSeconds: 0.5 });
  });
});
