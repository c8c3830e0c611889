import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResampler } from './resample.ts';
import { joinSamples } from './silence.ts';
import { inChunks, middle, rms, sine, toneToRestDb } from './test-signals.ts';

function resampled(rates: { fromHz: number; toHz: number }, chunks: readonly Float32Array[]): Float32Array {
  const resampler = createResampler(rates);
  try {
    return joinSamples([...chunks.map((chunk) => resampler.push(chunk)), resampler.finish()]);
  } finally {
    resampler.close();
  }
}

const pairs = [
  { fromHz: 22_050, toHz: 24_000 },
  { fromHz: 24_000, toHz: 48_000 },
  { fromHz: 24_000, toHz: 44_100 },
  { fromHz: 24_000, toHz: 16_000 },
  { fromHz: 22_050, toHz: 8000 },
  { fromHz: 16_000, toHz: 24_000 },
];

describe.each(pairs)('resampling $fromHz to $toHz Hz', (rates) => {
  const nyquistHz = Math.min(rates.fromHz, rates.toHz) / 2;

  it('gives exactly the length that the rates ask for, and the same samples whatever the chunks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (length, sizes) => {
        const signal = sine({ hz: 333, sampleRateHz: rates.fromHz, durationMs: 300 }).subarray(0, length);
        const whole = resampled(rates, [signal]);
        const chunked = resampled(rates, inChunks(signal, sizes));
        expect(Math.abs(whole.length - (signal.length * rates.toHz) / rates.fromHz)).toBeLessThanOrEqual(1);
        expect(chunked.length).toBe(whole.length);
        expect(chunked.findIndex((sample, i) => Math.abs(sample - whole[i]!) > 1e-6)).toBe(-1);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps tones of the pass band clean and at their level', () => {
    for (const part of [0.021, 0.37, 0.61, 0.83]) {
      const hz = nyquistHz * part;
      const input = sine({ hz, sampleRateHz: rates.fromHz, durationMs: 400, peak: 0.9 });
      const output = middle(resampled(rates, [input]));
      expect(toneToRestDb(output, { hz, sampleRateHz: rates.toHz })).toBeGreaterThan(90);
      expect(20 * Math.log10(rms(output) / rms(middle(input)))).toBeCloseTo(0, 1);
    }
  });

  it('lets no tone above the new Nyquist frequency back in', () => {
    if (rates.toHz >= rates.fromHz) return;
    for (const part of [1.06, 1.21, 1.4]) {
      const input = sine({ hz: nyquistHz * part, sampleRateHz: rates.fromHz, durationMs: 400, peak: 0.9 });
      expect(20 * Math.log10(rms(middle(resampled(rates, [input]))) / rms(input))).toBeLessThan(-85);
    }
  });
});

describe('a resampler', () => {
  it('holds back no more than 3 ms', () => {
    const resampler = createResampler({ fromHz: 22_050, toHz: 24_000 });
    const given = resampler.push(new Float32Array(2205));
    resampler.close();
    expect(2400 - given.length).toBeLessThan(72);
  });

  it('passes samples through untouched where the rates are equal', () => {
    const samples = Float32Array.of(1, 2, 3);
    expect(createResampler({ fromHz: 24_000, toHz: 24_000 }).push(samples)).toEqual(samples);
  });

  it('refuses samples once closed, and closes twice without harm', () => {
    const resampler = createResampler({ fromHz: 24_000, toHz: 8000 });
    resampler.close();
    resampler.close();
    expect(() => resampler.push(new Float32Array(4))).toThrow(expect.objectContaining({ code: 'encoding_failed' }));
  });
});
