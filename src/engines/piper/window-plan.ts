/** In what pieces a sentence's frames are decoded: a small one for early sound, then larger ones that waste less. */

export type WindowPlan = {
  readonly firstFrames: number;
  /** Each window is this many times the one before, up to `mostFrames`. */
  readonly growth: number;
  readonly mostFrames: number;
};

export type FrameRange = { readonly start: number; readonly end: number };

/**
 * Ranges that cover 0…frames in order without a gap. A rest smaller than half a window joins the last one, because
 * every seam costs its context.
 */
export function planWindows(frames: number, plan: WindowPlan): FrameRange[] {
  const ranges: FrameRange[] = [];
  let size = plan.firstFrames;
  for (let start = 0; start < frames; ) {
    const rest = frames - start;
    const end = rest < size * 1.5 ? frames : start + size;
    ranges.push({ start, end });
    start = end;
    size = Math.min(plan.mostFrames, Math.ceil(size * plan.growth));
  }
  return ranges;
}
