import { describe, expect, it } from 'vitest';
import { amplify } from '../../audio/gain.ts';
import { gainFor, speechRms, targetSpeechRms } from './voice-gain.ts';

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
      expect(speechRms(amplify(spoken, gainFor(speechRms(spoken, 22_050))), 22_050)).toBeCloseTo(targetSpeechRms, 3);
    }
  });

  it('leaves silence and damaged measurements alone', () => {
    expect([gainFor(0), gainFor(Number.NaN), gainFor(Infinity)]).toEqual([1, 1, 1]);
  });
});
