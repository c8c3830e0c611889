/** The part of an endless sound that is still needed, addressed by sample numbers of the whole sound. */

export type SampleWindow = {
  /** Of the first sample that is held. */
  readonly startSample: () => number;
  /** Of the next sample to come: so much of the sound has been heard. */
  readonly endSample: () => number;
  /** Copies. */
  readonly append: (samples: Float32Array) => void;
  /** Lets go of everything before; never of what has not come yet. */
  readonly dropBefore: (sample: number) => void;
  /** A copy; `from` and `to` are brought into what is held. */
  readonly slice: (from: number, to: number) => Float32Array<ArrayBuffer>;
};

/** Takes at most twice the memory of what was held at once at the most. */
export function createSampleWindow(): SampleWindow {
  let store = new Float32Array(16_384);
  // The samples held are store[head … tail); the first of them has number `start`.
  let head = 0;
  let tail = 0;
  let start = 0;

  const end = () => start + tail - head;

  function makeRoom(length: number): void {
    if (tail + length <= store.length) return;
    const held = tail - head;
    let capacity = store.length;
    while (capacity < held + length) capacity *= 2;
    const next = capacity === store.length ? store : new Float32Array(capacity);
    next.set(store.subarray(head, tail));
    store = next;
    head = 0;
    tail = held;
  }

  return {
    startSample: () => start,
    endSample: end,
    append(samples) {
      makeRoom(samples.length);
      store.set(samples, tail);
      tail += samples.length;
    },
    dropBefore(sample) {
      const dropped = Math.max(0, Math.min(sample, end()) - start);
      head += dropped;
      start += dropped;
    },
    slice: (from, to) => store.slice(head + Math.max(from, start) - start, head + Math.min(Math.max(to, start), end()) - start),
  };
}
