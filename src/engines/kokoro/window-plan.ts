/**
 * Divides a sentence's frames into windows for the decoder, cut where the voice is quietest, and so that a listener
 * who began with the first never waits for the next: each is as long as the time lasts that those before it have won.
 */

export type FrameWindow = {
  /** First frame of the window and the one behind its last; windows touch. */
  readonly from: number;
  readonly to: number;
};

export type WindowPlan = {
  readonly windows: readonly FrameWindow[];
  /** How many windows must lie behind the first before a listener may begin: 0 where the machine is fast enough. */
  readonly held: number;
};

type Sizes = { readonly min: number; readonly target: number; readonly max: number };

export const frameMs = 25;
/** Frames of context that the decoder is given on both sides of a window; more brings its sound no nearer to that of the whole. */
export const contextFrames = 4;

/** The first window is short for early sound; shorter ones stray from the whole by over 2 dB. */
const firstSizes: Sizes = { min: 22, target: 32, max: 48 };
/** One window is one step of a worker, 1.3 s on one core, which nobody can interrupt; longer ones would save 3 % of it. */
const laterSizes: Sizes = { min: 34, target: 64, max: 80 };
/** Energy points that a frame's distance from the target is worth: a pause 25 frames off beats a closure nearby. */
const distancePrice = 0.08;
/** A step may take so much longer than the last ones did before anybody notices. */
const safety = 1.2;

/** Energy above which there is sound (−45 dB), and the silence kept around it. */
const soundingEnergy = -4;
const leadFrames = 2;
const tailFrames = 6;

/** The frames that will be heard: silence at both ends is left out but for 50 and 150 ms. `energy`: one number a frame. */
export function soundingRange(energy: Float32Array): FrameWindow {
  const first = energy.findIndex((value) => value > soundingEnergy);
  const last = energy.findLastIndex((value) => value > soundingEnergy);
  return { from: Math.max(0, (first < 0 ? 0 : first) - leadFrames), to: Math.min(energy.length, (last < 0 ? energy.length : last + 1) + tailFrames) };
}

/**
 * Windows of 1 frame or more and at most 80 that hold the sounding range. `msPerFrame` is what the decoder takes for
 * a frame, context included, on this machine.
 */
export function planWindows(energy: Float32Array, { msPerFrame }: { readonly msPerFrame: number }): WindowPlan {
  const range = soundingRange(energy);
  for (let held = 0; ; held++) {
    const windows = tryPlan(energy, { range, msPerFrame, held });
    if (windows !== undefined) return { windows, held: Math.min(held, windows.length - 1) };
  }
}

type Attempt = { readonly range: FrameWindow; readonly msPerFrame: number; readonly held: number };

/** Plays the sentence in thought. undefined where the listener, let in after `held` more windows, would run dry. */
function tryPlan(energy: Float32Array, { range: { from, to: end }, msPerFrame, held }: Attempt): FrameWindow[] | undefined {
  const costMs = (frames: number): number => (frames + 2 * contextFrames) * msPerFrame;
  const windows: FrameWindow[] = [];
  let bufferedMs = 0;
  let at = from;
  while (at < end) {
    const isPlaying = windows.length > held;
    const sizes = windows.length === 0 ? firstSizes : isPlaying ? sizesWithin(bufferedMs / safety / msPerFrame - 2 * contextFrames) : laterSizes;
    if (sizes === undefined) return undefined;
    const to = end - at <= sizes.max ? end : quietestCut(energy, { from: at, end, sizes });
    windows.push({ from: at, to });
    bufferedMs += (to - at) * frameMs - (isPlaying ? costMs(to - at) : 0);
    at = to;
  }
  return windows;
}

function sizesWithin(mostFrames: number): Sizes | undefined {
  const max = Math.min(laterSizes.max, Math.floor(mostFrames));
  return max < laterSizes.min ? undefined : { min: laterSizes.min, target: Math.min(laterSizes.target, max), max };
}

function quietestCut(energy: Float32Array, { from, end, sizes }: { from: number; end: number; sizes: Sizes }): number {
  const left = end - from;
  // Two even windows rather than a full one and a scrap.
  const target = left <= 2 * sizes.max && sizes !== firstSizes ? Math.round(left / 2) : sizes.target;
  const highest = Math.min(sizes.max, left - firstSizes.min);
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
