/**
 * Divides a sentence's frames into windows for the decoder, one as each begins: cut where the voice is quietest, and
 * no longer than the sound lasts that lies before the listener at that moment, so that he never waits for the next.
 */
import type { Listener } from '../kinds.ts';
import type { Pace } from './decoder-pace.ts';

export type FrameWindow = {
  /** First frame of the window and the one behind its last; windows touch. */
  readonly from: number;
  readonly to: number;
};

export type WindowPlan = {
  /** All frames that will be heard. */
  readonly range: FrameWindow;
  /** The next window, or undefined at the end; asked when its step begins. */
  readonly next: () => FrameWindow | undefined;
  /** Told when the window's sound is made: may what was made so far be heard? False where its listener would run dry later. */
  readonly mayBeHeard: () => boolean;
};

export type WindowPlanOptions = {
  /** One number a frame. */
  readonly energy: Float32Array;
  readonly pace: () => Pace;
  /** Default: one who plays the first window at once, and steps that take their usual time. */
  readonly listener?: Listener | undefined;
};

type Sizes = { readonly min: number; readonly target: number; readonly max: number };

export const frameMs = 25;
/** Frames of context that the decoder is given on both sides of a window; more brings its sound no nearer to that of the whole. */
export const contextFrames = 4;

/** Shorter windows stray from the level of the whole by over 2 dB, and words in them are misheard more often. */
const shortest = 34;
/** The first window is short for early sound, and long enough for one of the shortest to be made while it plays. */
const firstSizes: Sizes = { min: shortest, target: 46, max: 56 };
/** One window is one step of a worker, 1.3 s on one core, which nobody can interrupt; longer ones would save 3 % of it. */
const laterSizes: Sizes = { min: shortest, target: 64, max: 80 };
/** Energy points that a frame's distance from the target is worth: a pause 25 frames off beats a closure nearby. */
const distancePrice = 0.08;
/** So much longer than the best of late a step may take, or as long as the slow ones if that is more, before anybody notices. */
const surprise = 1.7;
/** The mean of a few steps tells that of the next ones so well. */
const meanMargin = 1.05;

/** Energy above which there is sound (−45 dB), and the silence kept around it. */
const soundingEnergy = -4;
/** A voice may breathe out at −44 dB for half a second; as a window of its own that would be lifted to a noise. */
const endingEnergy = -2;
const leadFrames = 2;
const tailFrames = 6;

/** The frames that will be heard: silence at both ends is left out but for 50 and 150 ms. `energy`: one number a frame. */
export function soundingRange(energy: Float32Array): FrameWindow {
  const first = energy.findIndex((value) => value > soundingEnergy);
  const last = energy.findLastIndex((value) => value > endingEnergy);
  return { from: Math.max(0, (first < 0 ? 0 : first) - leadFrames), to: Math.min(energy.length, (last < 0 ? energy.length : last + 1) + tailFrames) };
}

/** Windows of 1 frame or more and at most 80 that hold the sounding range. */
export function createWindowPlan({ energy, pace, listener }: WindowPlanOptions): WindowPlan {
  const range = soundingRange(energy);
  let window: FrameWindow = { from: range.from, to: range.from };
  let isHeard = false;
  let isListening = false;
  let imaginedMs = 0;
  const aheadMs = (): number => listener?.aheadMs() ?? imaginedMs;

  return {
    range,
    next: () => {
      const { to: from } = window;
      if (from >= range.to) return undefined;
      const leadMs = Math.min(aheadMs(), listener?.othersWaitMs() ?? Infinity);
      const most = framesWithin(leadMs, pace());
      if (from === range.from) isListening = leadMs > 0;
      const sizes = isHeard || isListening ? sizesWithin(most) : unheardSizes(most, from - range.from);
      window = cutWindow(energy, { from, end: range.to, sizes });
      if (isHeard) imaginedMs = Math.max(0, imaginedMs - costMs(window, pace().meanMs));
      return window;
    },
    mayBeHeard: () => {
      const soundMs = (window.to - window.from) * frameMs;
      const reachedMs = aheadMs() + soundMs;
      isHeard ||= lasts(energy, { from: window.to, end: range.to, aheadMs: reachedMs, pace: pace(), turns: listener?.turns() ?? 1, isListening });
      imaginedMs += soundMs;
      return isHeard;
    },
  };
}

type Rest = { readonly from: number; readonly end: number; readonly aheadMs: number; readonly pace: Pace; readonly turns: number; readonly isListening: boolean };

/**
 * Plays the rest of the sentence in thought, with others' steps between: does the sound last? For one who has not begun
 * if every step has time to spare, too; one who listens already is not kept waiting for what may not come.
 */
function lasts(energy: Float32Array, { from, end, aheadMs, pace, turns, isListening }: Rest): boolean {
  const msPerFrame = isListening ? pace.meanMs : Math.max(pace.meanMs * meanMargin, pace.lastMs);
  let leadMs = aheadMs;
  for (let at = from; at < end; ) {
    const most = framesWithin(leadMs, pace);
    if (!isListening && most < Math.min(shortest, end - at)) return false;
    const window = cutWindow(energy, { from: at, end, sizes: sizesWithin(most) });
    leadMs -= costMs(window, msPerFrame) * turns;
    if (leadMs < 0) return false;
    leadMs += (window.to - window.from) * frameMs;
    at = window.to;
  }
  return true;
}

function costMs({ from, to }: FrameWindow, msPerFrame: number): number {
  return (to - from + 2 * contextFrames) * msPerFrame;
}

/** The longest window that is made, with time to spare, while so much sound is played. */
function framesWithin(leadMs: number, { bestMs, slowMs }: Pace): number {
  return Math.floor(leadMs / Math.max(surprise * bestMs, slowMs)) - 2 * contextFrames;
}

function sizesWithin(most: number): Sizes {
  const max = Math.max(shortest, Math.min(laterSizes.max, most));
  const min = Math.min(laterSizes.min, max);
  return { min, target: Math.max(min, Math.min(laterSizes.target, max)), max };
}

/** The listener waits: the first window early, those that are waited for as long as what there is, so that it doubles. */
function unheardSizes(most: number, madeFrames: number): Sizes {
  if (most > firstSizes.max) return sizesWithin(most);
  return madeFrames === 0 ? firstSizes : { ...laterSizes, target: Math.max(firstSizes.target, Math.min(laterSizes.target, madeFrames)) };
}

function cutWindow(energy: Float32Array, { from, end, sizes }: { from: number; end: number; sizes: Sizes }): FrameWindow {
  return { from, to: end - from <= sizes.max ? end : quietestCut(energy, { from, end, sizes }) };
}

function quietestCut(energy: Float32Array, { from, end, sizes }: { from: number; end: number; sizes: Sizes }): number {
  const left = end - from;
  // Two even windows rather than a full one and a scrap.
  const target = left <= 2 * sizes.max && sizes !== firstSizes ? Math.round(left / 2) : sizes.target;
  const highest = Math.min(sizes.max, Math.max(left - shortest, Math.ceil(left / 2)));
  const lowest = Math.min(sizes.min, target, highest);
  let best = Math.min(target, highest);
  let bestCost = Infinity;
  for (let size = lowest; size <= highest; size++) {
    const cost = energy[from + size]! + energy[from + size - 1]! + distancePrice * 2 * Math.abs(size - target);
    if (cost < bestCost) {
      bestCost = cost;
      best = size;
    }
  }
  return from + best;
}
