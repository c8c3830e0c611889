import { describe, expect, it } from 'vitest';
import { chooseToken, seededRandom } from './token-choice.ts';

const logits = Float32Array.from([0.1, 0.2, 0.7, 0], Math.log);

describe('chooseToken', () => {
  it('takes the likeliest at temperature 0, and tells its probability', () => {
    const { token, logProbability } = chooseToken(logits, 0, () => 0.999);
    expect(token).toBe(2);
    expect(Math.exp(logProbability)).toBeCloseTo(0.7, 5);
  });

  it('draws by probability at temperature 1', () => {
    const random = seededRandom(7);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) counts[chooseToken(logits, 1, random).token]!++;
    expect(counts.map((count) => Math.round(count / 400))).toEqual([1, 2, 7, 0]);
  });

  it('draws by the sharper odds of a lower temperature', () => {
    const random = seededRandom(7);
    const drawn = Array.from({ length: 4000 }, () => chooseToken(logits, 0.5, random).token);
    // 0.1², 0.2² and 0.7², of their sum.
    expect(Math.abs(drawn.filter((token) => token === 1).length / 4000 - 0.04 / 0.54)).toBeLessThan(0.015);
  });

  it('draws the likeliest more often at lower temperatures, and tells the probability at 1 all the same', () => {
    expect(chooseToken(logits, 0.2, () => 0.01).token).toBe(2);
    expect(Math.exp(chooseToken(logits, 0.2, () => 0.5).logProbability)).toBeCloseTo(0.7, 5);
  });

  it('never draws what is forbidden, not even by rounding', () => {
    expect(chooseToken(logits, 1, () => 1 - 2 ** -53).token).not.toBe(3);
  });
});
