/** Louder or softer, without ever clipping: above a knee the curve bends towards a ceiling that no sample passes. */

const kneeLevel = 0.8;
const ceiling = 0.97;

/** Multiplies in place by the factor `gain` and returns the same array; above 0.8 it bends softly towards 0.97. Not a number becomes 0. */
export function amplify(samples: Float32Array, gain: number): Float32Array {
  const room = ceiling - kneeLevel;
  for (let i = 0; i < samples.length; i++) {
    const loud = samples[i]! * gain;
    const size = Math.abs(loud);
    if (size <= kneeLevel) samples[i] = loud;
    else samples[i] = Number.isNaN(size) ? 0 : Math.sign(loud) * (kneeLevel + room * Math.tanh((size - kneeLevel) / room));
  }
  return samples;
}

/** dB as a factor; −Infinity is 0. */
export function factorOf(db: number): number {
  return 10 ** (db / 20);
}
