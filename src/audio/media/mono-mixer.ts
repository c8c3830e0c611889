/** Channels to one, without losing the voice: not where a channel is dead, nor where two cancel each other. */

export type MonoMixer = {
  /** One array a channel, all of one length, which are used up; gives as many samples, within −1…1, whatever came in. */
  mix(channels: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer>;
};

/** What the mix follows is measured over this time; less would pump with the syllables. */
const averageSeconds = 0.4;
const blockSeconds = 0.02;
/** Mean power below which a block tells nothing of the channels: −90 dBFS. */
const silentPower = 1e-9;
/** Below the first, two channels are taken as the same sound in opposite phase; above the second no longer. */
const oppositeBelow = -0.6;
const alikeAbove = 0;

/**
 * The weighted mean of the channels, raised to the power of the loudest of them: the mean alone loses 6 dB where one
 * of two channels is silent, 12 dB where only the centre of a 5.1 mix speaks, and all of a sound that is in two
 * channels with opposite signs; the second of such two is turned over first. Two channels that hold the same, or
 * less than opposite, are simply averaged or raised by up to 3 dB. Gains move within blocks, so no step is heard.
 * `weights`: one a channel, 0 for what is not to be heard.
 */
export function createMonoMixer(options: { weights: readonly number[]; sampleRateHz: number }): MonoMixer {
  const { weights } = options;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const strongest = Math.max(...weights);
  const blockSamples = Math.max(1, Math.round(options.sampleRateHz * blockSeconds));
  const averageSamples = options.sampleRateHz * averageSeconds;
  let average: Powers | undefined;
  let opposite = false;
  let gains: readonly number[] | undefined;

  function wantedGains(): readonly number[] {
    if (average === undefined) return weights.map((weight) => weight / total);
    const correlation = (average.sum - average.difference) / Math.sqrt(average.channels.reduce((product, power) => product * power, 1));
    opposite = weights.length === 2 && (opposite ? !(correlation > alikeAbove) : correlation < oppositeBelow);
    const mixed = opposite ? average.difference : average.sum;
    const raise = Math.min(total / strongest, Math.max(1, Math.sqrt(Math.max(...average.channels) / mixed)));
    return weights.map((weight, channel) => (raise * weight * (opposite && channel === 1 ? -1 : 1)) / total);
  }

  return {
    mix(channels) {
      const [first] = channels;
      const length = first?.length ?? 0;
      for (const channel of channels) makeFinite(channel);
      if (first !== undefined && channels.length === 1) return clip(first);
      const out = new Float32Array(length);
      for (let from = 0; from < length; from += blockSamples) {
        const block = { from, to: Math.min(length, from + blockSamples) };
        average = blend(average, powersOf(channels, { ...block, weights, total, strongest }), Math.min(1, (block.to - from) / averageSamples));
        const after = wantedGains();
        const before = gains ?? after;
        channels.forEach((channel, index) => addRamped(out, channel, { ...block, before: before[index]!, after: after[index]! }));
        gains = after;
      }
      return clip(out);
    },
  };
}

/** Mean powers: of each channel by its weight, of their weighted mean, and, where there are two, of half their difference. */
type Powers = { readonly channels: readonly number[]; readonly sum: number; readonly difference: number };

function powersOf(channels: readonly Float32Array[], block: { from: number; to: number; weights: readonly number[]; total: number; strongest: number }): Powers {
  const { from, to, weights, total, strongest } = block;
  const mean = new Float32Array(to - from);
  const powers = channels.map((channel, index) => {
    const weight = weights[index]!;
    let power = 0;
    for (let i = from; i < to; i++) {
      const sample = channel[i]!;
      power += sample * sample;
      mean[i - from]! += sample * weight;
    }
    return (power / (to - from)) * (weight / strongest) ** 2;
  });
  return { channels: powers, sum: meanPower(mean) / total ** 2, difference: channels.length === 2 ? differencePower(channels[0]!, channels[1]!, block) : 0 };
}

function meanPower(samples: Float32Array): number {
  let power = 0;
  for (let i = 0; i < samples.length; i++) power += samples[i]! * samples[i]!;
  return power / samples.length;
}

function differencePower(left: Float32Array, right: Float32Array, block: { from: number; to: number }): number {
  let power = 0;
  for (let i = block.from; i < block.to; i++) power += ((left[i]! - right[i]!) / 2) ** 2;
  return power / (block.to - block.from);
}

/** The first block with sound counts whole, so that the beginning is not mixed by a guess. */
function blend(average: Powers | undefined, block: Powers, share: number): Powers | undefined {
  if (Math.max(...block.channels) < silentPower) return average;
  if (average === undefined) return block;
  const towards = (from: number, to: number): number => from + (to - from) * share;
  return {
    channels: average.channels.map((power, channel) => towards(power, block.channels[channel]!)),
    sum: towards(average.sum, block.sum),
    difference: towards(average.difference, block.difference),
  };
}

function addRamped(out: Float32Array, channel: Float32Array, ramp: { from: number; to: number; before: number; after: number }): void {
  if (ramp.before === 0 && ramp.after === 0) return;
  const step = (ramp.after - ramp.before) / (ramp.to - ramp.from);
  for (let i = ramp.from; i < ramp.to; i++) out[i]! += channel[i]! * (ramp.before + step * (i - ramp.from + 1));
}

/** Float files may hold anything; one NaN would stay in every average and filter behind it. */
function makeFinite(channel: Float32Array): void {
  for (let i = 0; i < channel.length; i++) {
    const sample = channel[i]!;
    if (!(Math.abs(sample) <= loudestSample)) channel[i] = Number.isNaN(sample) ? 0 : Math.sign(sample) * loudestSample;
  }
}

/** Float samples may exceed full scale; beyond this they are no sound. */
const loudestSample = 1000;

function clip(samples: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    if (sample > 1) samples[i] = 1;
    else if (sample < -1) samples[i] = -1;
  }
  return samples;
}
