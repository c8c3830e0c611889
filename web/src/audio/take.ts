/** What has been spoken so far: 16-bit samples as they came, for playing, seeking, drawing and saving. */
import { createWaveformPeaks, type WaveformPeaks } from './waveform-peaks.ts';

export type Take = {
  readonly sampleRateHz: number;
  readonly peaks: WaveformPeaks;
  /** s16le bytes as the network cut them; a sample may be split between two calls. */
  readonly append: (bytes: Uint8Array) => void;
  /** Nothing more will come. */
  readonly finish: () => void;
  readonly finished: () => boolean;
  readonly lengthSamples: () => number;
  readonly durationSeconds: () => number;
  /** At most `count` samples from `from` on, −1…1. */
  readonly read: (from: number, count: number) => Float32Array<ArrayBuffer>;
  /** Everything so far as s16le. */
  readonly toBytes: () => Uint8Array<ArrayBuffer>;
};

/** Blocks, so that a long take grows without being copied. */
const blockSamples = 65_536;

export function createTake(sampleRateHz: number): Take {
  const blocks: Int16Array<ArrayBuffer>[] = [];
  const peaks = createWaveformPeaks(sampleRateHz);
  let length = 0;
  let halfSample: number | undefined;
  let finished = false;

  function push(samples: Int16Array): void {
    peaks.add(samples);
    for (let done = 0; done < samples.length;) {
      const used = length % blockSamples;
      if (used === 0) blocks.push(new Int16Array(blockSamples));
      const part = samples.subarray(done, done + blockSamples - used);
      blocks.at(-1)!.set(part, used);
      done += part.length;
      length += part.length;
    }
  }

  return {
    sampleRateHz,
    peaks,
    append: (bytes) => {
      const odd = halfSample === undefined ? 0 : 1;
      const samples = new Int16Array((bytes.length + odd) >> 1);
      for (let i = 0; i < samples.length; i++) {
        const low = i === 0 && halfSample !== undefined ? halfSample : bytes[2 * i - odd]!;
        samples[i] = low | (bytes[2 * i - odd + 1]! << 8);
      }
      halfSample = (bytes.length + odd) % 2 === 1 ? bytes.at(-1) ?? halfSample : undefined;
      push(samples);
    },
    finish: () => { finished = true; },
    finished: () => finished,
    lengthSamples: () => length,
    durationSeconds: () => length / sampleRateHz,
    read: (from, count) => {
      const out = new Float32Array(Math.max(0, Math.min(count, length - from)));
      for (let i = 0; i < out.length; i++) {
        const index = from + i;
        out[i] = blocks[Math.floor(index / blockSamples)]![index % blockSamples]! / 32_768;
      }
      return out;
    },
    toBytes: () => {
      const view = new DataView(new ArrayBuffer(length * 2));
      for (let i = 0; i < length; i++) view.setInt16(i * 2, blocks[Math.floor(i / blockSamples)]![i % blockSamples]!, true);
      return new Uint8Array(view.buffer);
    },
  };
}
