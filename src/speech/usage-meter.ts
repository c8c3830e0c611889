/** What a request's sentences took of inference. */

export type UsageMeter = {
  /** So much inference the sentence has taken so far; less than before where it was begun anew. */
  readonly computed: (sentence: number, seconds: number) => void;
  readonly computeSeconds: () => number;
  /** So many seconds of audio did not have to be made. */
  readonly cached: (seconds: number) => void;
  readonly cachedSeconds: () => number;
};

export function createUsageMeter(): UsageMeter {
  /** By sentence: what is done with for good, and what the attempt under way has taken. */
  const taken = new Map<number, { readonly before: number; readonly now: number }>();
  let cachedSeconds = 0;
  return {
    cached: (seconds) => { cachedSeconds += seconds; },
    cachedSeconds: () => cachedSeconds,
    computed: (sentence, seconds) => {
      const { before, now } = taken.get(sentence) ?? { before: 0, now: 0 };
      taken.set(sentence, seconds >= now ? { before, now: seconds } : { before: before + now, now: seconds });
    },
    computeSeconds: () => [...taken.values()].reduce((sum, { before, now }) => sum + before + now, 0),
  };
}
