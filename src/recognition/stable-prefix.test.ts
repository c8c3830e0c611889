import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStablePrefix } from './stable-prefix.ts';
import type { LiveWord } from './stable-prefix.ts';

/** Words of half a second each, from `at` on. */
function said(text: string, at = 0): LiveWord[] {
  return text.split(' ').filter((word) => word !== '').map((word, i) => ({ text: ` ${word}`, startSeconds: at + i / 2, endSeconds: at + i / 2 + 0.4, probability: 1 }));
}

const textOf = (words: readonly LiveWord[]) => words.map(({ text }) => text).join('').trim();

/** What becomes final by each hypothesis. */
function follow(hypotheses: readonly string[], agreement = 2): string[] {
  const stable = createStablePrefix({ agreement });
  return hypotheses.map((hypothesis) => textOf(stable.push(said(hypothesis))));
}

describe('the stable prefix', () => {
  it('makes final what two hypotheses in a row agree on, and everything before it', () => {
    expect(follow(['I saw', 'I saw the', 'I saw a sea', 'I saw a seagull fly'])).toEqual(['', 'I saw', '', 'a']);
  });

  it('waits with the last word for one after it, which tells whether the sentence was over', () => {
    expect(follow(['It was closed.', 'It was closed.', 'It was closed. But', 'It was closed and that', 'It was closed, and that no'])).toEqual(['', 'It was', 'closed.', '', 'and that']);
    expect(follow(['yes', 'yes'], 1)).toEqual(['', '']);
  });

  it('waits for as many hypotheses as it is told', () => {
    expect(follow(['I saw', 'I saw the', 'I saw a sea', 'I saw a seagull'], 3)).toEqual(['', '', 'I saw', '']);
    expect(follow(['I saw the', 'I saw the sea'], 1)).toEqual(['I saw', 'the']);
  });

  it('does not mind case and marks, and takes those of the last hypothesis', () => {
    expect(follow(['hello there sir', 'Hello, there! Sir'])).toEqual(['', 'Hello, there!']);
  });

  it('keeps what is final when a later hypothesis has other words for it, and goes on after them', () => {
    const stable = createStablePrefix();
    for (const hypothesis of ['ice cream is', 'ice cream is good']) stable.push(said(hypothesis));
    expect(textOf(stable.final())).toBe('ice cream is');
    stable.push(said('I scream is good today'));
    stable.push(said('I scream is good today sir'));
    expect(textOf(stable.final())).toBe('ice cream is good today');
    expect(textOf(stable.pending())).toBe('sir');
  });

  it('goes on in the middle once the words before were released', () => {
    const stable = createStablePrefix();
    for (const hypothesis of ['one two three four five', 'one two three four five six']) stable.push(said(hypothesis));
    stable.release(3);
    expect(textOf(stable.overlap())).toBe('four five');
    stable.push(said('or five six seven', 1.5));
    expect(textOf(stable.final())).toBe('one two three four five six');
    expect(textOf(stable.pending())).toBe('seven');
  });

  it('makes pending words final where it is told to', () => {
    const stable = createStablePrefix();
    stable.push(said('one two three'));
    expect(textOf(stable.accept(2))).toBe('one two');
    expect(textOf(stable.pending())).toBe('three');
    expect(textOf(stable.push(said('one two three four')))).toBe('three');
  });

  it('never takes a word back, and lets no word begin before the last has ended', () => {
    const words = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'a.'), fc.double({ min: 0, max: 5, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 8 })
      .map((list) => list.map(([text, startSeconds, length]) => ({ text: ` ${text}`, startSeconds, endSeconds: startSeconds + length, probability: 1 })));
    fc.assert(fc.property(fc.array(fc.tuple(words, fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })), { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (rounds, agreement) => {
      const stable = createStablePrefix({ agreement });
      const told: LiveWord[] = [];
      for (const [hypothesis, accepted, released] of rounds) {
        const before = [...stable.final()];
        told.push(...stable.push(hypothesis), ...stable.accept(accepted));
        stable.release(released);
        expect(stable.final().slice(0, before.length)).toEqual(before);
        expect(stable.final()).toEqual(told);
        expect(told.slice(told.length - stable.overlap().length)).toEqual(stable.overlap());
      }
      told.forEach(({ startSeconds, endSeconds }, i) => {
        expect(startSeconds).toBeGreaterThanOrEqual(told[i - 1]?.endSeconds ?? 0);
        expect(endSeconds).toBeGreaterThanOrEqual(startSeconds);
      });
    }));
  });

  it('gets every word once from hypotheses that only grow, each with its last word misheard', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 }), fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1 }), (script, steps) => {
      const stable = createStablePrefix();
      let heard = 0;
      for (let turn = 0; heard < script.length; turn++) {
        heard = Math.min(script.length, heard + steps[turn % steps.length]! + (turn % 3 === 0 ? 1 : 0));
        stable.push(said([...script.slice(0, heard), `half${turn}`].join(' ')));
      }
      stable.push(said(script.join(' ')));
      stable.accept(stable.pending().length);
      expect(textOf(stable.final())).toBe(script.join(' '));
    }));
  });
});
