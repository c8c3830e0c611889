/** Louder or softer, without ever clipping: above a knee the curve bends towards a ceiling that no sample passes. */

const kneeLevel = 0.8;
const ceiling = 0.97;

/** Amplifies in place and returns the same array. `gain` is a factor; 1 leaves the samples alone. */
export function amplify(samples: Float32Array, gain: number): Float32Array {
  if (gain === 1) return samples;
  const room = ceiling - kneeLevel;
  for (let i = 0; i < samples.length; i++) {
    const amplified = samples[i]! * gain;
    const size = Math.abs(amplified);
    samples[i] = size > kneeLevel ? Math.sign(amplified) * (kneeLevel + room * Math.tanh((size - kneeLevel) / room)) : amplified;
  }
  return samples;
}

/** dB as a factor; −Infinity is 0. */
export function factorOf(db: number): number {
  return 10 ** (db / 20);
}
