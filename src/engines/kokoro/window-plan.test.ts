import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowGain } from './window-gain.ts';
import { contextFrames, frameMs, planWindows, soundingRange, type WindowPlan } from './window-plan.ts';

const energies = fc.array(fc.float({ min: -10, max: 9, noNaN: true }), { minLength: 1, maxLength: 900 }).map((values) => Float32Array.from(values));
/** Milliseconds a frame: measured 15.5 (a frame lasts 25), and from a much faster machine to a hopeless one. */
const paces = fc.oneof(fc.constant(15.5), fc.double({ min: 1, max: 80, noNaN: true }));

/** Plays a plan on a virtual clock: how long the listener waits in all after his first sound. */
function silenceMs({ windows, held }: WindowPlan, msPerFrame: number): number {
  let now = 0;
  let soundUntil: number | undefined;
  let arrived = 0;
  let silent = 0;
  for (const [index, { from, to }] of windows.entries()) {
    now += (to - from + 2 * contextFrames) * msPerFrame;
    arrived += (to - from) * frameMs;
    if (index < held) continue;
    if (soundUntil === undefined) soundUntil = now + arrived;
    else {
      silent += Math.max(0, now - soundUntil);
      soundUntil = Math.max(soundUntil, now) + (to - from) * frameMs;
    }
  }
  return silent;
}

describe('planWindows', () => {
  it('gives touching windows of at most 80 frames that hold all that sounds', () => {
    fc.assert(
      fc.property(energies, paces, (energy, msPerFrame) => {
        const { windows, held } = planWindows(energy, { msPerFrame });
        expect(windows.length).toBeGreaterThan(0);
        expect(held).toBeLessThan(windows.length);
        for (const [index, { from, to }] of windows.entries()) {
          expect(to).toBeGreaterThan(from);
          expect(to - from).toBeLessThanOrEqual(80);
          if (index > 0) expect(from).toBe(windows[index - 1]!.to);
        }
        expect({ from: windows[0]!.from, to: windows.at(-1)!.to }).toEqual(soundingRange(energy));
      }),
    );
  });

  it('never lets a listener run dry, however slow the machine is', () => {
    fc.assert(fc.property(energies, paces, (energy, msPerFrame) => {
      expect(silenceMs(planWindows(energy, { msPerFrame }), msPerFrame)).toBe(0);
      // A step that takes a tenth longer than the ones before it is no gap either.
      expect(silenceMs(planWindows(energy, { msPerFrame }), msPerFrame * 1.1)).toBeLessThanOrEqual(1e-6);
    }));
  });

  it('lets the listener begin with the first window where frames are made faster than they play', () => {
    const sentence = new Float32Array(206).fill(5);
    expect(planWindows(sentence, { msPerFrame: 15.5 }).held).toBe(0);
    expect(planWindows(sentence, { msPerFrame: 26 }).held).toBeGreaterThan(0);
  });

  it('begins with a short window and cuts in a pause nearby', () => {
    const energy = new Float32Array(240).fill(6).fill(-5, 36, 44).fill(-5, 100, 108);
    const [first, second] = planWindows(energy, { msPerFrame: 5 }).windows;
    expect(first!.to).toBeGreaterThan(36);
    expect(first!.to).toBeLessThan(44);
    expect(second!.to).toBeGreaterThan(100);
    expect(second!.to).toBeLessThan(108);
  });

  it('leaves out silence at both ends but for 50 and 150 ms', () => {
    const energy = new Float32Array(80).fill(-9).fill(6, 20, 60);
    expect(planWindows(energy, { msPerFrame: 15 }).windows).toEqual([{ from: 18, to: 66 }]);
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
