/** A peak limiter that looks ahead: what would pass the ceiling, between the samples too, is turned down smoothly before it comes. */

export type Limiter = {
  /** What is ready; shorter or longer than the input by what is held back. */
  readonly push: (samples: Float32Array) => Float32Array;
  /** The samples held back. Call it once. Together the output is as long as the input. */
  readonly finish: () => Float32Array;
};

const lookAheadMs = 5;
/** Time in which about two thirds of a reduction are given back. */
const releaseMs = 80;
/** Taps on either side of a point between two samples. */
const reach = 6;
/** Points looked at between two samples: peaks at four times the rate, as BS.1770-4 annex 2 measures them. */
const between = [0.25, 0.5, 0.75] as const;

/** Their kernels, one behind the other. */
const kernels = Float64Array.from(between.flatMap((offset) => [...kernelAt(offset)]));

/** `gain` is applied first, as a factor; no peak of the result passes `ceilingDb` (dBTP) by more than about 0.1 dB. */
export function createLimiter({ sampleRateHz, gain, ceilingDb }: { readonly sampleRateHz: number; readonly gain: number; readonly ceilingDb: number }): Limiter {
  const ceiling = 10 ** (ceilingDb / 20);
  const window = Math.max(2, Math.round((sampleRateHz * lookAheadMs) / 1000));
  const release = 1 - Math.exp(-1000 / (releaseMs * sampleRateHz));
  let smoothing = createMovingMean(window);
  let least = createMovingMinimum(window);
  /** Input with the gain, from `reach` samples before the first whose need is not known yet. */
  let held: Float32Array = new Float32Array(reach);
  /** The samples that wait for their gain. */
  let waiting: Float32Array = new Float32Array(0);
  let betweenBefore = 0;
  let current = 1;
  let skip = window - 1;
  /** Samples since the last that had to be turned down by anything. */
  let restedFor = window;

  /** Factors that the next `count` samples need, each for itself; undefined where all of them are 1. */
  function needsOf(samples: Float32Array, count: number): Float32Array | undefined {
    let needs: Float32Array | undefined;
    // The curve may rise above its neighbours, but not to twice of them for anything a microphone or a voice makes.
    const nearCeiling = ceiling / 2;
    let here = Math.abs(samples[reach]!);
    for (let i = 0; i < count; i++) {
      const after = Math.abs(samples[i + reach + 1]!);
      const next = here < nearCeiling && after < nearCeiling ? 0 : peakAfter(samples, i + reach);
      const peak = Math.max(here, next, betweenBefore);
      here = after;
      betweenBefore = next;
      if (peak > ceiling) (needs ??= new Float32Array(count).fill(1))[i] = ceiling / peak;
    }
    return needs;
  }

  /** Gains of samples whose needs are known now, undefined where all are 1; the first `window − 1` of all are for nobody. */
  function gainsOf(samples: Float32Array, count: number): Float32Array | undefined {
    const needs = needsOf(samples, count);
    if (needs === undefined && restedFor >= 2 * window) return undefined;
    const gains = needs ?? new Float32Array(count).fill(1);
    for (let i = 0; i < count; i++) {
      const need = least(gains[i]!);
      current = Math.min(need, current + (1 - current) * release);
      // From here on the rest of the way is not audible.
      if (current > 0.9999) current = 1;
      restedFor = current === 1 ? restedFor + 1 : 0;
      gains[i] = smoothing(current);
    }
    if (restedFor >= 2 * window) {
      smoothing = createMovingMean(window);
      least = createMovingMinimum(window);
    }
    return gains;
  }

  function push(samples: Float32Array): Float32Array {
    const before = held.length;
    held = joined(held, samples);
    if (gain !== 1) for (let i = before; i < held.length; i++) held[i]! *= gain;
    const count = held.length - 2 * reach;
    if (count <= 0) return new Float32Array(0);
    const gains = gainsOf(held, count);
    const unwanted = Math.min(skip, count);
    skip -= unwanted;
    const all = joined(waiting, held.subarray(reach, reach + count));
    const out = all.slice(0, count - unwanted);
    if (gains !== undefined) for (let i = 0; i < out.length; i++) out[i]! *= gains[unwanted + i]!;
    waiting = all.slice(out.length);
    held = held.slice(count);
    return out;
  }

  // Silence pushes out exactly what is held back.
  return { push, finish: () => push(new Float32Array(reach + window - 1)) };
}

/** The highest level between a sample and the next. */
function peakAfter(samples: Float32Array, at: number): number {
  let early = 0;
  let middle = 0;
  let late = 0;
  for (let tap = 0; tap < 2 * reach; tap++) {
    const sample = samples[at - reach + 1 + tap]!;
    early += kernels[tap]! * sample;
    middle += kernels[2 * reach + tap]! * sample;
    late += kernels[4 * reach + tap]! * sample;
  }
  return Math.max(Math.abs(early), Math.abs(middle), Math.abs(late));
}

/** A windowed sinc for the point `offset` behind a sample, normalised to keep a constant as it is. */
function kernelAt(offset: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * reach }, (_, tap) => {
    const distance = tap - reach + 1 - offset;
    const sinc = Math.sin(Math.PI * distance) / (Math.PI * distance);
    return sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / reach));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** The least of the last `length` values: a queue, in a ring, in which nothing stands that something later undercuts. */
function createMovingMinimum(length: number): (value: number) => number {
  const values = new Float64Array(length);
  const times = new Int32Array(length);
  let first = 0;
  let count = 0;
  let at = 0;
  return (value) => {
    if (count > 0 && times[first]! <= at - length) {
      first = (first + 1) % length;
      count--;
    }
    while (count > 0 && values[(first + count - 1) % length]! >= value) count--;
    const end = (first + count) % length;
    values[end] = value;
    times[end] = at++;
    count++;
    return values[first]!;
  };
}

/** The mean of the last `length` values; before the first there were ones. */
function createMovingMean(length: number): (value: number) => number {
  const ring = new Float64Array(length).fill(1);
  let sum = length;
  let at = 0;
  return (value) => {
    sum += value - ring[at]!;
    ring[at] = value;
    at = (at + 1) % length;
    return sum / length;
  };
}

function joined(one: Float32Array, other: Float32Array): Float32Array {
  const out = new Float32Array(one.length + other.length);
  out.set(one);
  out.set(other, one.length);
  return out;
}
