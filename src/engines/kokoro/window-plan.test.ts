import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowGain } from './window-gain.ts';
import { planWindows } from './window-plan.ts';

const energies = fc.array(fc.float({ min: -10, max: 9, noNaN: true }), { minLength: 1, maxLength: 900 }).map((values) => Float32Array.from(values));

describe('planWindows', () => {
  it('gives touching windows of at most 112 frames that hold all that sounds', () => {
    fc.assert(
      fc.property(energies, (energy) => {
        const windows = planWindows(energy);
        expect(windows.length).toBeGreaterThan(0);
        for (const [index, { from, to }] of windows.entries()) {
          expect(to).toBeGreaterThan(from);
          expect(to - from).toBeLessThanOrEqual(112);
          if (index > 0) expect(from).toBe(windows[index - 1]!.to);
        }
        const sounding = [...energy.keys()].filter((i) => energy[i]! > -4);
        if (sounding.length > 0) {
          expect(windows[0]!.from).toBeLessThanOrEqual(sounding[0]!);
          expect(windows.at(-1)!.to).toBeGreaterThan(sounding.at(-1)!);
        }
      }),
    );
  });

  it('begins with a short window and cuts in a pause nearby', () => {
    const energy = new Float32Array(240).fill(6).fill(-5, 36, 44).fill(-5, 140, 148);
    const [first, second] = planWindows(energy);
    expect(first!.to).toBeGreaterThan(36);
    expect(first!.to).toBeLessThan(44);
    expect(second!.to).toBeGreaterThan(140);
    expect(second!.to).toBeLessThan(148);
  });

  it('leaves out silence at both ends but for 50 and 150 ms', () => {
    const energy = new Float32Array(80).fill(-9).fill(6, 20, 60);
    expect(planWindows(energy)).toEqual([{ from: 18, to: 66 }]);
  });
});

describe('windowGain', () => {
  it('is 1 for the whole', () => {
    const energy = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i) * 6);
    expect(windowGain(energy, { window: { from: 0, to: 100 }, contextFrames: 4 })).toBeCloseTo(1, 6);
  });

  it('raises a loud stretch and lowers a quiet one, within 8 dB', () => {
    const energy = new Float32Array(200).fill(2).fill(7, 0, 60).fill(-9, 150);
    const loud = windowGain(energy, { window: { from: 0, to: 60 }, contextFrames: 0 });
    const quiet = windowGain(energy, { window: { from: 140, to: 200 }, contextFrames: 0 });
    expect(loud).toBeGreaterThan(1.3);
    expect(quiet).toBeLessThan(0.8);
    for (const gain of [loud, quiet]) expect(Math.abs(20 * Math.log10(gain))).toBeLessThanOrEqual(8.001);
  });
});
