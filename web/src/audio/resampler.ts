/**
 * Reads a ring at another rate: polyphase windowed-sinc interpolation, 16 taps wide. The page plays at the device's
 * own rate (some browsers refuse any other), speech comes at 24 kHz.
 */
import type { SampleRing } from './sample-ring.ts';

export type Resampler = {
  /** Fills `out` from the start and says how many frames there were. At `ended`, silence follows the last sample. */
  readonly fill: (out: Float32Array, ended: boolean) => number;
  readonly reset: () => void;
};

const taps = 16;
const before = taps / 2 - 1;
const after = taps / 2;
const phases = 256;

export function createResampler({ ring, fromHz, toHz }: { ring: SampleRing; fromHz: number; toHz: number }): Resampler {
  const step = fromHz / toHz;
  const table = buildTable(Math.min(1, toHz / fromHz));
  // Position between the ring's read position and the next sample, 0…1.
  let fraction = 0;

  function interpolate(): number {
    const row = Math.min(phases - 1, Math.round(fraction * phases)) * taps;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) sum += ring.at(tap - before) * table[row + tap]!;
    return sum;
  }

  return {
    fill: (out, ended) => {
      const needed = step === 1 || ended ? 1 : after + 1;
      let frames = 0;
      while (frames < out.length && ring.available() >= needed) {
        out[frames++] = step === 1 ? ring.at(0) : interpolate();
        fraction += step;
        const whole = Math.min(Math.floor(fraction), ring.available());
        fraction -= Math.floor(fraction);
        ring.advance(whole);
      }
      return frames;
    },
    reset: () => { fraction = 0; },
  };
}

/** One row of taps for each fraction; every row sums to 1, so that a constant stays one. */
function buildTable(cutoff: number): Float32Array {
  const table = new Float32Array(phases * taps);
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const x = tap - before - phase / phases;
      const value = cutoff * sinc(cutoff * x) * blackman(x / (taps / 2));
      table[phase * taps + tap] = value;
      sum += value;
    }
    for (let tap = 0; tap < taps; tap++) table[phase * taps + tap]! /= sum;
  }
  return table;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** `x` from −1 to 1 over the window's width. */
function blackman(x: number): number {
  if (Math.abs(x) >= 1) return 0;
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
}
