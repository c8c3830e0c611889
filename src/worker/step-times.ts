/** How long the last steps of each model took. */

export type StepTimes = {
  /** What the next step may take, to be safe. */
  readonly longMs: (costName: string) => number;
  /** What a step takes that is made short because somebody is about to run dry. */
  readonly shortMs: (costName: string) => number;
  readonly remember: (costName: string, tookMs: number) => void;
};

/** Enough to know the longest, few enough to forget a busy moment. */
const rememberedSteps = 12;
/** A step takes longer than the last ones now and then, and its sound needs a moment to reach the listener. */
const stepMargin = 1.5;
/** Of a model that has not been heard of yet: a small one's, since a large one is warmed up before it serves. */
const firstGuessMs = 60;

export function createStepTimes(): StepTimes {
  const timesMs = new Map<string, number[]>();
  const of = (costName: string): readonly number[] => timesMs.get(costName) ?? [firstGuessMs];
  return {
    longMs: (costName) => stepMargin * Math.max(...of(costName)),
    shortMs: (costName) => Math.min(...of(costName)),
    remember: (costName, tookMs) => {
      const times = timesMs.get(costName) ?? [];
      times.push(tookMs);
      if (times.length > rememberedSteps) times.shift();
      timesMs.set(costName, times);
    },
  };
}
