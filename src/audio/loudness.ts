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
  const weigh = createKWeighting(sampleRateHz);
  const hopSamples = Math.round((sampleRateHz * blockMs) / 1000 / hopsPerBlock);
  /** Mean squares of hops of 100 ms. */
  const hops: number[] = [];
  let sum = 0;
  let filled = 0;

  return {
    push: (samples) => {
      for (let i = 0; i < samples.length; i++) {
        const weighted = weigh(samples[i]!);
        sum += weighted * weighted;
        if (++filled < hopSamples) continue;
        hops.push(sum / hopSamples);
        sum = 0;
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

/**
 * The two filters of BS.1770 at any rate: a shelf for the head and a high-pass, from the analogue prototypes whose
 * bilinear transform at 48 kHz gives the standard's own coefficients.
 */
function createKWeighting(sampleRateHz: number): (sample: number) => number {
  const shelf = createBiquad(shelfCoefficients(sampleRateHz));
  const highPass = createBiquad(highPassCoefficients(sampleRateHz));
  return (sample) => highPass(shelf(sample));
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

/** Transposed direct form II. */
function createBiquad({ b: [b0, b1, b2], a: [a1, a2] }: Biquad): (sample: number) => number {
  let z1 = 0;
  let z2 = 0;
  return (sample) => {
    const out = b0 * sample + z1;
    z1 = b1 * sample - a1 * out + z2;
    z2 = b2 * sample - a2 * out;
    return out;
  };
}
