import { describe, expect, it } from 'vitest';
import { amplify, factorOf } from './gain.ts';

describe('amplifying', () => {
  it('bends peaks below 0.97 without folding them over, and removes what is not a number', () => {
    const limited = amplify(Float32Array.of(0.1, 0.5, 0.8, 1, 3, -3, Number.NaN), 1.5);
    expect(limited[0]).toBeCloseTo(0.15, 6);
    expect([...limited.subarray(0, 5)]).toEqual([...limited.subarray(0, 5)].toSorted((one, other) => one - other));
    expect(Math.max(...limited.map(Math.abs))).toBeLessThanOrEqual(0.97 + 1e-6);
    expect(limited[6]).toBe(0);
  });

  it('counts in dB, and takes minus infinity for silence', () => {
    expect([factorOf(0), factorOf(20), factorOf(-Infinity)]).toEqual([1, 10, 0]);
    expect(Math.abs(amplify(Float32Array.of(0.5), factorOf(-Infinity))[0]!)).toBe(0);
  });
});
