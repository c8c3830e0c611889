/** Divides a sentence's frames into windows for the decoder, cut where the voice is quietest. */

export type FrameWindow = {
  /** First frame of the window and the one behind its last; windows touch. */
  readonly from: number;
  readonly to: number;
};

type Sizes = { readonly min: number; readonly target: number; readonly max: number };

/** A frame is 25 ms. The first window is short for early sound; shorter ones stray from the whole by over 2 dB. */
const firstSizes: Sizes = { min: 22, target: 32, max: 48 };
/** One window is one step of a worker: 2.5 s on one slow core. Longer ones would only cost latency. */
const laterSizes: Sizes = { min: 48, target: 90, max: 112 };
/** Energy points that a frame's distance from the target is worth: a pause 25 frames off beats a closure nearby. */
const distancePrice = 0.08;

/** Energy above which there is sound (−45 dB), and the silence kept around it. */
const soundingEnergy = -4;
const leadFrames = 2;
const tailFrames = 6;

/**
 * `energy` holds one number a frame. Silence at both ends is left out but for 50 and 150 ms. Windows have 1 frame
 * or more and at most 112.
 */
export function planWindows(energy: Float32Array): FrameWindow[] {
  const first = energy.findIndex((value) => value > soundingEnergy);
  const last = energy.findLastIndex((value) => value > soundingEnergy);
  let from = Math.max(0, (first < 0 ? 0 : first) - leadFrames);
  const end = Math.min(energy.length, (last < 0 ? energy.length : last + 1) + tailFrames);
  const windows: FrameWindow[] = [];
  while (from < end) {
    const sizes = windows.length === 0 ? firstSizes : laterSizes;
    const to = end - from <= sizes.max ? end : quietestCut(energy, { from, end, sizes });
    windows.push({ from, to });
    from = to;
  }
  return windows;
}

function quietestCut(energy: Float32Array, { from, end, sizes }: { from: number; end: number; sizes: Sizes }): number {
  const left = end - from;
  // Two even windows rather than a full one and a scrap.
  const target = left <= 2 * sizes.max && sizes === laterSizes ? Math.round(left / 2) : sizes.target;
  const lowest = Math.min(sizes.min, target);
  const highest = Math.min(sizes.max, left - firstSizes.min);
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
