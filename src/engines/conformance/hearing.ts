/** What a listener would measure in speech: where it is silent, how high it is, how loud. */
import type { PcmChunk } from '../../audio/pcm.ts';

/** The longest run of 5 ms frames more than 35 dB below the loudest, ends of the sound left out. */
export function longestSilence({ samples, sampleRateHz }: PcmChunk): { startSample: number; endSample: number } {
  const size = Math.round(sampleRateHz * 0.005);
  const levels = Array.from({ length: Math.floor(samples.length / size) }, (_, i) => rms(samples.subarray(i * size, (i + 1) * size)));
  const limit = Math.max(...levels) * 10 ** (-35 / 20);
  const first = levels.findIndex((level) => level > limit);
  const last = levels.findLastIndex((level) => level > limit);
  let best = { startSample: 0, endSample: 0 };
  for (let from = first; from < last; from++) {
    let to = from;
    while (levels[to]! <= limit) to++;
    if ((to - from) * size > best.endSample - best.startSample) best = { startSample: from * size, endSample: to * size };
    from = Math.max(from, to);
  }
  return best;
}

/** The strongest repetition between 60 and 500 Hz, as the median over the loud frames' autocorrelation. */
export function medianPitchHz({ samples, sampleRateHz }: PcmChunk): number {
  const size = Math.round(sampleRateHz * 0.04);
  const loud = rms(samples);
  const pitches: number[] = [];
  for (let at = 0; at + 2 * size < samples.length; at += size) {
    if (rms(samples.subarray(at, at + size)) < loud) continue;
    const correlations: number[] = [];
    for (let lag = Math.round(sampleRateHz / 500); lag <= Math.min(size, sampleRateHz / 60); lag++) {
      let [product, first, second] = [0, 0, 0];
      for (let i = 0; i < size; i++) {
        const [x, y] = [samples[at + i]!, samples[at + i + lag]!];
        product += x * y;
        first += x * x;
        second += y * y;
      }
      correlations.push(product / Math.sqrt(first * second));
    }
    const highest = Math.max(...correlations);
    // The shortest period that repeats almost as well: multiples of it do, too.
    const lag = correlations.findIndex((value, i) => value > 0.9 * highest && value >= (correlations[i + 1] ?? 0));
    if (highest > 0.7) pitches.push(sampleRateHz / (Math.round(sampleRateHz / 500) + lag));
  }
  return pitches.toSorted((a, b) => a - b)[Math.floor(pitches.length / 2)] ?? 0;
}

/** Root mean square. */
export function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
