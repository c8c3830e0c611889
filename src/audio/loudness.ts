/**
 * Integrated loudness of mono audio after ITU-R BS.1770-4 (K-weighting, blocks of 400 ms, two gates). Written out
 * rather than asked of FFmpeg's ebur128 filter: two biquads and a mean need no filter graph, run on any rate, and can
 * be fed while a file is read.
 */

export type LoudnessMeter = {
  readonly push: (samples: Float32Array) => void;
  /** LUFS of everything fed so far; −Infinity where nothing was above the absolute gate of −70 LUFS. */
  readonly integratedLufs: () => number;
};

const blockMs = 400;
/** Blocks overlap by three quarters. */
const hopsPerBlock = 4;
const absoluteGateLufs = -70;
const relativeGateLu = -10;

/**
 * One channel counts with weight 1, as the standard has it: a full-scale sine of 997 Hz reads −3.01 LUFS. Keeps ten
 * numbers for a second of audio.
 */
export function createLoudnessMeter(sampleRateHz: number): LoudnessMeter {
  const shelf = shelfCoefficients(sampleRateHz);
  const highPass = highPassCoefficients(sampleRateHz);
  const hopSamples = Math.round((sampleRateHz * blockMs) / 1000 / hopsPerBlock);
  /** Mean squares of hops of 100 ms. */
  const hops: number[] = [];
  /** Of the two filters, transposed direct form II. */
  let state: FilterState = { shelf1: 0, shelf2: 0, high1: 0, high2: 0, sum: 0 };
  let filled = 0;

  return {
    push: (samples) => {
      for (let at = 0; at < samples.length; ) {
        const to = Math.min(samples.length, at + hopSamples - filled);
        state = weigh(samples.subarray(at, to), { shelf, highPass, state });
        filled += to - at;
        at = to;
        if (filled < hopSamples) break;
        hops.push(state.sum / hopSamples);
        state = { ...state, sum: 0 };
        filled = 0;
      }
    },
    integratedLufs: () => {
      const blocks = blockPowers(hops);
      const audible = blocks.filter((power) => toLufs(power) > absoluteGateLufs);
      const gate = toLufs(mean(audible)) + relativeGateLu;
      return toLufs(mean(audible.filter((power) => toLufs(power) > gate)));
    },
  };
}

function blockPowers(hops: readonly number[]): number[] {
  const powers: number[] = [];
  for (let i = hopsPerBlock; i <= hops.length; i++) powers.push(mean(hops.slice(i - hopsPerBlock, i)));
  return powers;
}

function toLufs(power: number): number {
  return -0.691 + 10 * Math.log10(power);
}

/** 0 of nothing, which is −Infinity LUFS. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

type FilterState = { readonly shelf1: number; readonly shelf2: number; readonly high1: number; readonly high2: number; /** Of squares. */ readonly sum: number };

/**
 * The two filters of BS.1770 at any rate: a shelf for the head and a high-pass, from the analogue prototypes whose
 * bilinear transform at 48 kHz gives the standard's own coefficients. In one loop on local numbers, since it is run
 * over every sample of a book.
 */
function weigh(samples: Float32Array, { shelf, highPass, state }: { shelf: Biquad; highPass: Biquad; state: FilterState }): FilterState {
  const [b0, b1, b2] = shelf.b;
  const [a1, a2] = shelf.a;
  const [c0, c1, c2] = highPass.b;
  const [d1, d2] = highPass.a;
  let { shelf1, shelf2, high1, high2, sum } = state;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const shelved = b0 * sample + shelf1;
    shelf1 = b1 * sample - a1 * shelved + shelf2;
    shelf2 = b2 * sample - a2 * shelved;
    const weighted = c0 * shelved + high1;
    high1 = c1 * shelved - d1 * weighted + high2;
    high2 = c2 * shelved - d2 * weighted;
    sum += weighted * weighted;
  }
  return { shelf1, shelf2, high1, high2, sum };
}

type Biquad = { readonly b: readonly [number, number, number]; readonly a: readonly [number, number] };

function shelfCoefficients(sampleRateHz: number): Biquad {
  const quality = 0.7071752369554196;
  const k = Math.tan((Math.PI * 1681.974450955533) / sampleRateHz);
  const high = 10 ** (3.999843853973347 / 20);
  const band = high ** 0.4996667741545416;
  const a0 = 1 + k / quality + k * k;
  return {
    b: [(high + (band * k) / quality + k * k) / a0, (2 * (k * k - high)) / a0, (high - (band * k) / quality + k * k) / a0],
    a: [(2 * (k * k - 1)) / a0, (1 - k / quality + k * k) / a0],
  };
}

function highPassCoefficients(sampleRateHz: number): Biquad {
  const quality = 0.5003270373238773;
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRateHz);
  const a0 = 1 + k / quality + k * k;
  return { b: [1, -2, 1], a: [(2 * (k * k - 1)) / a0, (1 - k / quality + k * k) / a0] };
}
