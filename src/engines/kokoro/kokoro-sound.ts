/** What is done to Kokoro's samples on their way out: joins between windows. */

/** 10 ms at 24 kHz, at places that are all but silent. */
export const joinSamples = 240;

/** Fades in place from `before` (what the last window would have gone on with) into the start of `samples`. */
export function join(before: Float32Array, samples: Float32Array): void {
  const length = Math.min(before.length, samples.length);
  for (let i = 0; i < length; i++) {
    const share = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / length);
    samples[i] = before[i]! * (1 - share) + samples[i]! * share;
  }
}
