import { describe, expect, it } from 'vitest';
import { fourierKernel, melFilters } from './mel-filters.ts';

const bins = 201;

function band(filters: Float32Array, index: number): number[] {
  return [...filters.subarray(index * 2 * bins, index * 2 * bins + bins)];
}

describe('melFilters', () => {
  // Values of the filterbank in OpenAI's release, which librosa 0.9 computed.
  it.each([
    { melBins: 80, first: 0.02486259, peaks: [[40, 43, 0.0147355655], [79, 192, 0.0031647116]] },
    { melBins: 128, first: 0.01237399, peaks: [[64, 43, 0.018091518], [127, 195, 0.0050416016]] },
  ])('has the bands that Whisper was trained with: $melBins', ({ melBins, first, peaks }) => {
    const filters = melFilters(melBins);
    expect(filters).toHaveLength(melBins * 2 * bins);
    expect(filters[1]).toBeCloseTo(first, 8);
    for (const [index, bin, weight] of peaks as [number, number, number][]) {
      const weights = band(filters, index);
      expect(weights.indexOf(Math.max(...weights))).toBe(bin);
      expect(weights[bin]).toBeCloseTo(weight, 8);
    }
  });

  it('weighs the squares of cosines and sines alike', () => {
    const filters = melFilters(80);
    expect([...filters.subarray(10 * 2 * bins + bins, 11 * 2 * bins)]).toEqual(band(filters, 10));
  });
});

describe('fourierKernel', () => {
  it('finds a tone in its own bin and, by the window, half as strong in the next', () => {
    const { rows, data } = fourierKernel();
    expect(rows).toBe(2 * bins);
    const tone = Float32Array.from({ length: 400 }, (_, i) => Math.cos((2 * Math.PI * 25 * i) / 400 + 0.7));
    const amplitude = (bin: number): number => {
      const [real, imaginary] = [bin, bins + bin].map((row) => tone.reduce((sum, sample, i) => sum + sample * data[row * 400 + i]!, 0));
      return Math.hypot(real!, imaginary!);
    };
    expect(amplitude(25)).toBeCloseTo(100, 3);
    expect(amplitude(26)).toBeCloseTo(50, 3);
    expect(amplitude(28)).toBeCloseTo(0, 3);
  });
});
