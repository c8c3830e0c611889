/** How long the decoder may take for a frame on this machine, from the steps it has made. */

/** Milliseconds a frame, context included. */
export type Pace = {
  /** Of the fastest step: what the machine does when nobody else is on it. */
  readonly bestMs: number;
  /** Of the slow ones: the next step may well be another. */
  readonly slowMs: number;
  /** Of the steps that tell what goes on now, on an average. */
  readonly meanMs: number;
  readonly lastMs: number;
};

export type DecoderPace = {
  readonly now: () => Pace;
  /** A step of `frames`, context included, took so long. */
  readonly observe: (frames: number, tookMs: number) => void;
};

/** A server core of 2023 without anything else to do; replaced by the first step, which is the warm-up's. */
const firstGuessMs = 18;
/** The steps of three sentences: for so long a machine that was busy is believed to become so again. */
const rememberedSteps = 16;
/** Enough to know that a busy moment has passed. */
const recentSteps = 4;

export function createDecoderPace(): DecoderPace {
  const steps: number[] = [];
  return {
    now: () => {
      const lastMs = steps.at(-1);
      if (lastMs === undefined) return { bestMs: firstGuessMs, slowMs: firstGuessMs, meanMs: firstGuessMs, lastMs: firstGuessMs };
      const sorted = steps.toSorted((a, b) => a - b);
      const recent = steps.slice(-recentSteps);
      const meanMs = recent.reduce((sum, each) => sum + each, 0) / recent.length;
      // A single slow step further back was an odd moment; the last one may be the beginning of a bad hour, since
      // whatever takes a core away takes it for seconds.
      return { bestMs: sorted[0]!, slowMs: Math.max(sorted.at(-2) ?? lastMs, lastMs), meanMs, lastMs };
    },
    observe: (frames, tookMs) => {
      steps.push(tookMs / frames);
      if (steps.length > rememberedSteps) steps.shift();
    },
  };
}
