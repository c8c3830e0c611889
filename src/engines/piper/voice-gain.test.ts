import { describe, expect, it } from 'vitest';
import { applyGain, gainFor, speechRms, targetSpeechRms } from './voice-gain.ts';

function sine(amplitude: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => amplitude * Math.sin(i / 5));
}

describe('voice gain', () => {
  it('does not count pauses as quiet speech', () => {
    const spoken = sine(0.4, 22_050);
    const withPauses = new Float32Array(66_150);
    withPauses.set(spoken, 22_050);
    expect(speechRms(withPauses, 22_050)).toBeCloseTo(speechRms(spoken, 22_050), 2);
  });

  it('brings a voice to the target level', () => {
    for (const amplitude of [0.03, 0.2, 0.9]) {
      const spoken = sine(amplitude, 22_050);
      expect(speechRms(applyGain(spoken, gainFor(speechRms(spoken, 22_050))), 22_050)).toBeCloseTo(targetSpeechRms, 3);
    }
  });

  it('leaves silence and damaged measurements alone', () => {
    expect([gainFor(0), gainFor(Number.NaN), gainFor(Infinity)]).toEqual([1, 1, 1]);
  });

  it('bends peaks below 0.97 without folding them over, and removes what is not a number', () => {
    const limited = applyGain(Float32Array.of(0.1, 0.5, 0.8, 1, 3, -3, Number.NaN), 1.5);
    expect(limited[0]).toBeCloseTo(0.15, 6);
    expect([...limited.subarray(0, 5)]).toEqual([...limited.subarray(0, 5)].toSorted((a, b) => a - b));
    expect(Math.max(...limited.map(Math.abs))).toBeLessThanOrEqual(0.97 + 1e-6);
    expect(limited[6]).toBe(0);
  });
});
