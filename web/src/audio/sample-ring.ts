/** A ring of mono samples between whoever feeds and the audio thread. It keeps a little of the past for the resampler. */

export type SampleRing = {
  /** Samples that can be read. */
  readonly available: () => number;
  /** Copies what fits and says how many samples that were. */
  readonly write: (samples: Float32Array) => number;
  /** The sample `offset` after the read position; up to `historySamples` before it; silence outside. */
  readonly at: (offset: number) => number;
  /** Moves the read position. `count` must not exceed `available()`. */
  readonly advance: (count: number) => void;
  /** Forgets everything, the past included. */
  readonly clear: () => void;
};

export const historySamples = 16;

/** All memory is taken here: the methods run on the audio thread, where allocation means dropouts. */
export function createSampleRing(capacitySamples: number): SampleRing {
  const size = capacitySamples + historySamples;
  const buffer = new Float32Array(size);
  let readIndex = 0;
  let available = 0;
  let past = 0;

  return {
    available: () => available,
    write: (samples) => {
      const count = Math.min(samples.length, capacitySamples - available);
      const from = (readIndex + available) % size;
      const untilWrap = Math.min(count, size - from);
      buffer.set(samples.subarray(0, untilWrap), from);
      buffer.set(samples.subarray(untilWrap, count), 0);
      available += count;
      return count;
    },
    at: (offset) => {
      if (offset >= available || offset < -past) return 0;
      return buffer[(readIndex + offset + size) % size] ?? 0;
    },
    advance: (count) => {
      readIndex = (readIndex + count) % size;
      available -= count;
      past = Math.min(historySamples, past + count);
    },
    clear: () => {
      readIndex = 0;
      available = 0;
      past = 0;
    },
  };
}
