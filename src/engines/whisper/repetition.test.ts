import { describe, expect, it } from 'vitest';
import { compressionRatio, isLoop, perhapsLoop, surelyLoop } from './repetition.ts';

const times = (count: number, ...phrase: number[]): number[] => Array.from({ length: count }, () => phrase).flat();

describe('isLoop', () => {
  it('sees a phrase of any length that goes on and on, also from the middle of a round', () => {
    expect(isLoop([1, 2, 3, ...times(28, 9)], surelyLoop)).toBe(true);
    expect(isLoop([1, 2, 3, ...times(7, 4, 5, 6, 7)], surelyLoop)).toBe(true);
    expect(isLoop([...times(8, 4, 5, 6, 7), 4, 5], surelyLoop)).toBe(true);
    expect(isLoop(times(4, ...Array.from({ length: 40 }, (_, i) => i)), surelyLoop)).toBe(true);
  });

  it('lets people say a word or a sentence several times', () => {
    expect(isLoop(times(12, 9), surelyLoop)).toBe(false);
    expect(isLoop(times(3, 1, 2, 3, 4, 5, 6, 7, 8, 9), surelyLoop)).toBe(false);
    expect(isLoop(Array.from({ length: 200 }, (_, i) => (i * i) % 211), surelyLoop)).toBe(false);
    expect(isLoop([], surelyLoop)).toBe(false);
  });

  it('looks twice where a whole phrase comes twice', () => {
    expect(isLoop(times(2, 1, 2, 3, 4, 5), perhapsLoop)).toBe(true);
    expect(isLoop(times(2, 1, 2, 3, 4), perhapsLoop)).toBe(false);
    expect(isLoop([...times(2, 1, 2, 3, 4, 5), 6], perhapsLoop)).toBe(false);
  });
});

describe('compressionRatio', () => {
  it('is high for what repeats itself and low for a sentence', () => {
    expect(compressionRatio('so it goes '.repeat(20))).toBeGreaterThan(2.4);
    expect(compressionRatio('Please remember to water the plants before you leave for the weekend.')).toBeLessThan(1.3);
    expect(compressionRatio('')).toBe(1);
  });
});
