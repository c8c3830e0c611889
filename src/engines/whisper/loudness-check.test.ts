import { describe, expect, it } from 'vitest';
import { goesOnSpeaking, isSilent } from './loudness-check.ts';

const tone = (seconds: number, amplitude: number): Float32Array => Float32Array.from({ length: seconds * 16_000 }, (_, i) => amplitude * Math.sin(i / 4));
const joined = (...parts: Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));

describe('isSilent', () => {
  it('is true below the noise of a converter, and false for the quietest speech or one short sound', () => {
    expect(isSilent(new Float32Array(16_000))).toBe(true);
    expect(isSilent(new Float32Array(1))).toBe(true);
    expect(isSilent(tone(1, 0.0004))).toBe(true);
    expect(isSilent(tone(1, 0.003))).toBe(false);
    expect(isSilent(joined(new Float32Array(160_000), tone(0.1, 0.1), new Float32Array(160_000)))).toBe(false);
  });
});

describe('goesOnSpeaking', () => {
  it('tells a sound that goes on from one that dies away, and does not mind a click', () => {
    const spoken = tone(2, 0.3);
    expect(goesOnSpeaking(joined(spoken, tone(2, 0.1)), 32_000)).toBe(true);
    expect(goesOnSpeaking(joined(spoken, new Float32Array(16_000), tone(0.3, 0.1)), 32_000)).toBe(true);
    expect(goesOnSpeaking(joined(spoken, tone(2, 0.01)), 32_000)).toBe(false);
    expect(goesOnSpeaking(joined(spoken, new Float32Array(16_000), tone(0.05, 0.3), new Float32Array(16_000)), 32_000)).toBe(false);
    expect(goesOnSpeaking(spoken, 32_000)).toBe(false);
  });
});
