import { describe, expect, it } from 'vitest';
import { toAlignment, toSocketAlignment } from './alignment.ts';

const timed = (text: string, startSeconds: readonly number[], endSeconds: readonly number[]) => ({ characters: text.split(''), startSeconds, endSeconds });

describe('alignment', () => {
  it('makes one character of a surrogate pair and rounds to milliseconds', () => {
    expect(toAlignment([timed('a😀', [0.00049, 0.1, 0.2], [0.1, 0.2, 0.33333])])).toEqual({
      characters: ['a', '😀'],
      character_start_times_seconds: [0, 0.1],
      character_end_times_seconds: [0.1, 0.333],
    });
  });

  it('is null where there are no times', () => {
    expect(toAlignment([timed('', [], [])])).toBeNull();
    expect(toSocketAlignment([], 3)).toBeNull();
  });

  it('counts from where the last message ended, without gaps of rounding', () => {
    const { chars, charStartTimesMs, charDurationsMs } = toSocketAlignment([timed('abc', [2.0004, 2.1006, 2.2004], [2.1006, 2.2004, 2.3])], 2)!;
    expect(chars.join('')).toBe('abc');
    expect(charStartTimesMs).toEqual([0, 101, 200]);
    expect(charStartTimesMs.map((start, i) => start + charDurationsMs[i]!)).toEqual([101, 200, 300]);
  });
});
