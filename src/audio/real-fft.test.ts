import { describe, expect, it } from 'vitest';
import { createRealFft } from './real-fft.ts';

function noise(length: number): Float32Array {
  let state = 12_345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

describe('createRealFft', () => {
  it.each([4, 8, 16, 32, 64, 128, 512])('says what the definition of the transform says, for %i samples', (size) => {
    const input = noise(size);
    const re = new Float32Array(size / 2 + 1);
    const im = new Float32Array(size / 2 + 1);
    createRealFft(size).forward(input, re, im);
    for (let k = 0; k <= size / 2; k++) {
      let wantedRe = 0;
      let wantedIm = 0;
      for (let n = 0; n < size; n++) {
        wantedRe += input[n]! * Math.cos((2 * Math.PI * k * n) / size);
        wantedIm -= input[n]! * Math.sin((2 * Math.PI * k * n) / size);
      }
      expect(re[k]).toBeCloseTo(wantedRe, 4);
      expect(im[k]).toBeCloseTo(wantedIm, 4);
    }
  });

  it.each([4, 256, 8192])('gives back what went in, for %i samples', (size) => {
    const input = noise(size);
    const re = new Float32Array(size / 2 + 1);
    const im = new Float32Array(size / 2 + 1);
    const back = new Float32Array(size);
    const fft = createRealFft(size);
    fft.forward(input, re, im);
    fft.inverse(re, im, back);
    expect(Math.max(...back.map((sample, i) => Math.abs(sample - input[i]!)))).toBeLessThan(1e-5);
  });

  it('refuses lengths that are no power of two', () => {
    expect(() => createRealFft(480)).toThrow(RangeError);
  });
});
