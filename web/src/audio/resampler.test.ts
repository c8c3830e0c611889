import { describe, expect, it } from 'vitest';
import { createResampler } from './resampler.ts';
import { createSampleRing } from './sample-ring.ts';

function sine(hz: number, rateHz: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rateHz));
}

/** Reads everything in blocks as the audio thread does. */
function resample(input: Float32Array, fromHz: number, toHz: number): Float32Array {
  const ring = createSampleRing(1000);
  const resampler = createResampler({ ring, fromHz, toHz });
  const out: number[] = [];
  const block = new Float32Array(128);
  for (let written = 0; ;) {
    written += ring.write(input.subarray(written, written + 300));
    const ended = written === input.length;
    const frames = resampler.fill(block, ended);
    out.push(...block.subarray(0, frames));
    if (ended && ring.available() === 0) return Float32Array.from(out);
  }
}

describe('the resampler', () => {
  it.each([44_100, 48_000, 96_000])('keeps a tone of speech as it was, 24 kHz to %d Hz, at least 50 dB above its error', (toHz) => {
    const out = resample(sine(3_000, 24_000, 4_800), 24_000, toHz);
    const wanted = sine(3_000, toHz, out.length);
    let error = 0;
    let power = 0;
    // The window's own length at both ends is silence against tone.
    for (let i = 64; i < out.length - 64; i++) {
      error += (out[i]! - wanted[i]!) ** 2;
      power += wanted[i]! ** 2;
    }
    expect(10 * Math.log10(power / error)).toBeGreaterThan(50);
  });

  it('makes as many samples as the duration asks for', () => {
    expect(Math.abs(resample(sine(440, 24_000, 24_000), 24_000, 44_100).length - 44_100)).toBeLessThanOrEqual(2);
  });

  it('hands samples through untouched at an equal rate', () => {
    const input = sine(440, 24_000, 2_000);
    expect(resample(input, 24_000, 24_000)).toEqual(input);
  });

  it('keeps a constant constant', () => {
    const out = resample(new Float32Array(2_000).fill(0.5), 24_000, 44_100);
    for (const sample of out.subarray(64, -64)) expect(sample).toBeCloseTo(0.5, 5);
  });

  it('waits for what the window needs instead of inventing it', () => {
    const ring = createSampleRing(100);
    const resampler = createResampler({ ring, fromHz: 24_000, toHz: 48_000 });
    ring.write(new Float32Array(4).fill(1));
    expect(resampler.fill(new Float32Array(128), false)).toBe(0);
  });
});
