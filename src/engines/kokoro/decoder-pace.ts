/** How long the decoder may take for a frame on this machine, from the steps it has made. */

export type DecoderPace = {
  /** Milliseconds a frame: of the slowest of the last steps but one. */
  readonly msPerFrame: () => number;
  /** A step of `frames`, context included, took so long. */
  readonly observe: (frames: number, tookMs: number) => void;
};

/** A server core of 2023 without anything else to do; replaced by the first step, which is the warm-up's. */
const firstGuessMs = 18;
/**
 * The steps of two sentences. Not their mean: a step that takes longer than was planned is a gap that is heard, and
 * steps do when the other cores begin to work. The slowest of all is not believed: it may have been an odd moment.
 */
const rememberedSteps = 8;

export function createDecoderPace(): DecoderPace {
  const recent: number[] = [];
  return {
    msPerFrame: () => (recent.length === 0 ? firstGuessMs : recent.toSorted((a, b) => b - a)[Math.min(1, recent.length - 1)]!),
    observe: (frames, tookMs) => {
      recent.push(tookMs / frames);
      if (recent.length > rememberedSteps) recent.shift();
    },
  };
}
