/** When each moment of a stream of sound arrived: what tells how long a word was waited for. */
import type { Clock } from '../clock.ts';

export type ArrivalTimes = {
  /** So much more sound came just now. */
  readonly add: (seconds: number) => void;
  /** All that came. */
  readonly seconds: () => number;
  /** Clock time at which the sound was there up to this second; of what is long past, that of the oldest that is known. */
  readonly atMs: (seconds: number) => number;
};

/** Two minutes of chunks of 20 ms: no word becomes final later. */
const rememberedChunks = 6_000;

export function createArrivalTimes(clock: Clock): ArrivalTimes {
  const chunks: { readonly untilSeconds: number; readonly atMs: number }[] = [];
  let total = 0;
  return {
    add: (seconds) => {
      total += seconds;
      chunks.push({ untilSeconds: total, atMs: clock.now() });
      // Halved now and then rather than shifted one by one.
      if (chunks.length > 2 * rememberedChunks) chunks.splice(0, rememberedChunks);
    },
    seconds: () => total,
    atMs: (seconds) => {
      let low = 0;
      for (let high = chunks.length - 1; low < high;) {
        const middle = (low + high) >> 1;
        if (chunks[middle]!.untilSeconds >= seconds) high = middle;
        else low = middle + 1;
      }
      return chunks[low]?.atMs ?? clock.now();
    },
  };
}
