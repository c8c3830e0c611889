import { describe, expect, it } from 'vitest';
import { alignedFrames } from './attention-alignment.ts';

/** Each token looks at `width` frames of its own, on a floor of noise; the last frames are padding that everybody looks at. */
function attention({ tokens, width, padding, heads = 2 }: { tokens: number; width: number; padding: number; heads?: number }) {
  const frames = tokens * width + padding;
  const weights = new Float32Array(heads * tokens * frames);
  for (let row = 0; row < heads * tokens; row++) {
    for (let frame = 0; frame < frames; frame++) {
      const isOwn = Math.floor(frame / width) === row % tokens;
      weights[row * frames + frame] = (isOwn ? 0.02 : 0.001) * (1 + 0.3 * Math.sin(row * 7 + frame * 13)) + (frame >= tokens * width ? 0.05 : 0);
    }
  }
  return { weights, heads, tokens, frames };
}

describe('alignedFrames', () => {
  it('places each token where it looks, whatever all look at behind the sound', () => {
    const all = attention({ tokens: 6, width: 12, padding: 40 });
    const frames = alignedFrames(all, { firstRow: 1, endRow: 6, soundFrames: 72 });
    expect(frames).toHaveLength(5);
    expect(frames[0]).toBe(0);
    for (const [i, frame] of frames.slice(1).entries()) expect(Math.abs(frame - 12 * (i + 2))).toBeLessThanOrEqual(2);
  });

  it('counts what a token sees of the sound as much where it mostly looks behind it', () => {
    const all = attention({ tokens: 6, width: 12, padding: 40 });
    for (let row = 0; row < 12; row++) if (row % 6 >= 2) for (let frame = 0; frame < 72; frame++) all.weights[row * all.frames + frame]! /= 1000;
    const frames = alignedFrames(all, { firstRow: 0, endRow: 6, soundFrames: 72 });
    for (const [i, frame] of frames.entries()) expect(Math.abs(frame - 12 * i)).toBeLessThanOrEqual(2);
  });

  it('gives frames in order within the sound, even where there are hardly any', () => {
    for (const soundFrames of [0, 1, 3, 5, 1000]) {
      const frames = [...alignedFrames(attention({ tokens: 4, width: 2, padding: 0 }), { firstRow: 0, endRow: 4, soundFrames })];
      expect(frames).toEqual(frames.toSorted((one, other) => one - other));
      expect(frames.at(-1)).toBeLessThan(8);
    }
  });
});
