import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLaneTurns } from './lane-turns.ts';

const weights = { priority: 4, free: 1, jobs: 0.02 };
type Lane = keyof typeof weights;
const lanes = Object.keys(weights) as Lane[];
const create = (patienceSeconds = 0.5) => createLaneTurns<Lane>({ weightOf: (lane) => weights[lane], patienceSeconds });

/** Takes turns of a tenth of a second for so long, with these waiting all the time. */
function share(waiting: readonly Lane[], seconds: number, turns = create()): Record<Lane, number> {
  const used = { priority: 0, free: 0, jobs: 0 };
  for (let step = 0; step < seconds * 10; step++) {
    const lane = turns.pick(waiting)!;
    used[lane] += 0.1;
    turns.charge(lane, 0.1, waiting);
  }
  return used;
}

describe('lanes that take turns', () => {
  it('share by weight where both always have work', () => {
    const { priority, free } = share(['free', 'priority'], 1_000);
    expect(priority / (priority + free)).toBeCloseTo(0.8, 2);
  });

  it('let the heavier one go first, for a burst of seconds', () => {
    const turns = create();
    expect(share(['free', 'priority'], 2, turns)).toMatchObject({ priority: expect.closeTo(2), free: 0 });
  });

  it('give all to one that is alone, and owe it nothing afterwards', () => {
    const turns = create();
    expect(share(['free'], 100, turns).free).toBeCloseTo(100);
    expect(turns.pick(['free', 'priority'])).toBe('priority');
  });

  it('do not let a share be saved up by asking for nothing', () => {
    const turns = create();
    share(['free', 'priority'], 2, turns);
    share(['priority'], 10, turns);
    expect(share(['free', 'priority'], 2, turns).free).toBe(0);
  });

  it('keep jobs behind whoever waits, but not for ever', () => {
    const { priority, free, jobs } = share(lanes, 10_000);
    expect(jobs / (priority + free + jobs)).toBeLessThan(0.03);
    expect(jobs).toBeGreaterThan(0);
  });

  it('pick somebody whenever anybody waits, and only who waits', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.subarray(lanes), fc.double({ min: 0, max: 10, noNaN: true })), { maxLength: 200 }), (rounds) => {
      const turns = create();
      for (const [waiting, seconds] of rounds) {
        const lane = turns.pick(waiting);
        if (waiting.length === 0) expect(lane).toBeUndefined();
        else expect(waiting).toContain(lane);
        if (lane !== undefined) turns.charge(lane, seconds, waiting);
      }
    }));
  });
});
