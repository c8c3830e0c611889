/** What is done to Kokoro's samples on their way out: joins between windows, level, peaks. */

const kneeLevel = 0.8;
const ceiling = 0.97;

/** 10 ms at 24 kHz, at places that are all but silent. */
export const joinSamples = 240;

/** Amplifies in place; above 0.8 the curve bends towards 0.97, which no sample passes. */
export function level(samples: Float32Array, gain: number): Float32Array {
  const room = ceiling - kneeLevel;
  for (let i = 0; i < samples.length; i++) {
    const amplified = samples[i]! * gain;
    const size = Math.abs(amplified);
    if (size > kneeLevel) samples[i] = Math.sign(amplified) * (kneeLevel + room * Math.tanh((size - kneeLevel) / room));
    else samples[i] = amplified;
  }
  return samples;
}

/** Fades in place from `before` (what the last window would have gone on with) into the start of `samples`. */
export function join(before: Float32Array, samples: Float32Array): void {
  const length = Math.min(before.length, samples.length);
  for (let i = 0; i < length; i++) {
    const share = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / length);
    samples[i] = before[i]! * (1 - share) + samples[i]! * share;
  }
}
