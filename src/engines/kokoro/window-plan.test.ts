import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowGain } from './window-gain.ts';
import { contextFrames, createWindowPlan, frameMs, soundingRange, type FrameWindow } from './window-plan.ts';

const energies = fc.array(fc.float({ min: -10, max: 9, noNaN: true }), { minLength: 1, maxLength: 900 }).map((values) => Float32Array.from(values));
/** Milliseconds a frame: measured 15.5 (a frame lasts 25), and from a much faster machine to a hopeless one. */
const paces = fc.oneof(fc.constant(15.5), fc.double({ min: 1, max: 80, noNaN: true }));

const steadyPace = (msPerFrame: number) => ({ bestMs: msPerFrame, slowMs: msPerFrame, meanMs: msPerFrame, lastMs: msPerFrame });

type Played = { readonly windows: readonly FrameWindow[]; readonly held: number; readonly silentMs: number };

/** Makes and plays a sentence on a virtual clock, each step as slow as `tookMs` says of the known pace. */
function play(energy: Float32Array, msPerFrame: number, tookMs = msPerFrame): Played {
  let now = 0;
  let soundUntil: number | undefined;
  let heldMs = 0;
  let held = 0;
  let silentMs = 0;
  const listener = { aheadMs: () => (soundUntil === undefined ? heldMs : Math.max(0, soundUntil - now)), othersWaitMs: () => Infinity, turns: () => 1 };
  const plan = createWindowPlan({ energy, pace: () => steadyPace(msPerFrame), listener });
  const windows: FrameWindow[] = [];
  for (let window = plan.next(); window !== undefined; window = plan.next()) {
    windows.push(window);
    now += (window.to - window.from + 2 * contextFrames) * tookMs;
    const isHeard = plan.mayBeHeard();
    heldMs += (window.to - window.from) * frameMs;
    if (!isHeard) {
      held++;
      continue;
    }
    silentMs += soundUntil === undefined ? 0 : Math.max(0, now - soundUntil);
    soundUntil = Math.max(soundUntil ?? now, now) + heldMs;
    heldMs = 0;
  }
  return { windows, held, silentMs };
}

describe('the plan of windows', () => {
  it('gives touching windows of at most 80 frames that hold all that sounds, and never holds the last', () => {
    fc.assert(
      fc.property(energies, paces, (energy, msPerFrame) => {
        const { windows, held } = play(energy, msPerFrame);
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
      expect(play(energy, msPerFrame).silentMs).toBe(0);
      // Steps that all take a tenth longer than the ones before them are no gap either.
      expect(play(energy, msPerFrame, msPerFrame * 1.1).silentMs).toBe(0);
    }));
  });

  it('lets the listener begin with the first window where frames are made faster than they play', () => {
    const sentence = new Float32Array(206).fill(5);
    expect(play(sentence, 15.5).held).toBe(0);
    expect(play(sentence, 26).held).toBeGreaterThan(0);
  });

  it('makes windows longer as the lead grows, and not where it does not', () => {
    const sentence = new Float32Array(400).fill(5);
    const later = (played: Played) => played.windows.slice(1, 5).map(({ from, to }) => to - from);
    const usual = later(play(sentence, 12));
    expect(usual).toEqual(usual.toSorted((a, b) => a - b));
    expect(usual.at(-1)!).toBeGreaterThan(1.25 * usual[0]!);
    const slowed = later(play(sentence, 12, 16));
    expect(slowed[1]!).toBeLessThan(usual[1]!);
  });

  it('takes no longer for a window than another listener can wait', () => {
    const listener = { aheadMs: () => 10_000, othersWaitMs: () => 1_000, turns: () => 2 };
    const { from, to } = createWindowPlan({ energy: new Float32Array(400).fill(5), pace: () => steadyPace(15), listener }).next()!;
    expect((to - from + 2 * contextFrames) * 15).toBeLessThan(1_000);
  });

  it('plans without a listener as for one who plays the first window at once', () => {
    const energy = new Float32Array(206).fill(5);
    const plan = createWindowPlan({ energy, pace: () => steadyPace(15.5) });
    const windows = Array.from({ length: 9 }, () => {
      const window = plan.next();
      if (window !== undefined) plan.mayBeHeard();
      return window;
    });
    expect(windows.filter((window) => window !== undefined)).toEqual(play(energy, 15.5).windows);
  });

  it('begins with a short window and cuts in a pause nearby', () => {
    const energy = new Float32Array(240).fill(6).fill(-5, 36, 44).fill(-5, 100, 108);
    const [first, second] = play(energy, 5).windows;
    expect(first!.to).toBeGreaterThan(36);
    expect(first!.to).toBeLessThan(44);
    expect(second!.to).toBeGreaterThan(100);
    expect(second!.to).toBeLessThan(108);
  });

  it('leaves out silence at both ends but for 50 and 150 ms', () => {
    const energy = new Float32Array(80).fill(-9).fill(6, 20, 60);
    expect(play(energy, 15).windows).toEqual([{ from: 18, to: 66 }]);
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
