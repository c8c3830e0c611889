import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planWindows } from './window-plan.ts';

describe('planWindows', () => {
  it('begins small, grows to the limit and covers every frame once', () => {
    const plan = { firstFrames: 26, growth: 2, mostFrames: 128 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (frames) => {
        const windows = planWindows(frames, plan);
        expect(windows[0]!.start).toBe(0);
        expect(windows.at(-1)!.end).toBe(frames);
        for (const [i, window] of windows.entries()) {
          expect(window.start).toBe(windows[i - 1]?.end ?? 0);
          expect(window.end - window.start).toBeLessThan(1.5 * plan.mostFrames);
        }
      }),
    );
    expect(planWindows(480, plan).map(({ start, end }) => end - start)).toEqual([26, 52, 104, 128, 170]);
  });

  it('makes one window of what is hardly more than the first', () => {
    expect(planWindows(38, { firstFrames: 26, growth: 2, mostFrames: 128 })).toEqual([{ start: 0, end: 38 }]);
  });
});
