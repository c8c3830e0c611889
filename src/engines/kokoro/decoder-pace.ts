/** How long the decoder takes for a frame on this machine, from the steps it has made. */

export type DecoderPace = {
  /** Milliseconds a frame. */
  readonly msPerFrame: () => number;
  /** A step of `frames`, context included, took so long. */
  readonly observe: (frames: number, tookMs: number) => void;
};

/** A server core of 2023 without anything else to do; replaced by the first step, which is the warm-up's. */
const firstGuessMs = 18;
/** Weight of the newest step: a machine that gets busy is noticed within a sentence, one odd step is not believed. */
const newest = 0.3;

export function createDecoderPace(): DecoderPace {
  let msPerFrame: number | undefined;
  return {
    msPerFrame: () => msPerFrame ?? firstGuessMs,
    observe: (frames, tookMs) => {
      const own = tookMs / frames;
      msPerFrame = msPerFrame === undefined ? own : msPerFrame * (1 - newest) + own * newest;
    },
  };
}
