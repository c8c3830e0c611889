import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLimiter } from './limiter.ts';
import { createResampler } from './resample.ts';
import { applyFadeIn, applyFadeOut } from './silence.ts';

const rateHz = 24_000;
const sine = (hz: number, level: number, seconds: number) => Float32Array.from({ length: seconds * rateHz }, (_, i) => level * Math.sin((2 * Math.PI * hz * i) / rateHz + 0.7));

function limit(samples: Float32Array, { gain = 1, ceilingDb = -1, cut = samples.length }: { gain?: number; ceilingDb?: number; cut?: number } = {}): Float32Array {
  const limiter = createLimiter({ sampleRateHz: rateHz, gain, ceilingDb });
  const parts: number[] = [];
  for (let at = 0; at < samples.length; at += cut) parts.push(...limiter.push(samples.subarray(at, at + cut)));
  return Float32Array.from([...parts, ...limiter.finish()]);
}

/** The highest point of the curve, at eight times the rate. */
function truePeak(samples: Float32Array): number {
  const resampler = createResampler({ fromHz: rateHz, toHz: rateHz * 8 });
  const all = [...resampler.push(samples), ...resampler.finish()];
  resampler.close();
  return all.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
}

describe('the limiter', () => {
  it('leaves alone what stays under its ceiling', () => {
    const quiet = sine(440, 0.4, 1);
    expect([...limit(quiet)]).toEqual([...quiet]);
  });

  it('keeps peaks under the ceiling, between the samples too', () => {
    // A quarter of the rate: the samples of this sine miss its tops by 3 dB.
    const loud = sine(rateHz / 4 - 3, 1, 1);
    // Faded, because the edge of a tone that begins at once is a peak of the resampler's own.
    applyFadeIn(applyFadeOut(loud, 2_000), 2_000);
    expect(truePeak(loud)).toBeGreaterThan(0.99);
    expect(20 * Math.log10(truePeak(limit(loud, { gain: 2 })))).toBeLessThan(-0.85);
  });

  it('turns down without clipping: a steady tone keeps its shape', () => {
    const out = limit(sine(300, 1, 1), { gain: 3 }).subarray(rateHz / 2);
    const peak = out.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const rms = Math.sqrt(out.reduce((sum, sample) => sum + sample * sample, 0) / out.length);
    expect(peak / rms).toBeCloseTo(Math.SQRT2, 1);
    expect(20 * Math.log10(peak)).toBeCloseTo(-1, 0);
  });

  it('gives as many samples as it took, in the same places, however they are cut', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 1, max: 200 }), (length, cut) => {
      const samples = Float32Array.from({ length }, (_, i) => (i % 50 === 0 ? 1.5 : 0.1));
      const out = limit(samples, { cut });
      expect(out.length).toBe(length);
      expect([...out]).toEqual([...limit(samples)]);
      expect(out.every((sample) => Math.abs(sample) <= 0.9)).toBe(true);
    }), { numRuns: 40 });
  });
});
