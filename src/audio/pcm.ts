/** Mono PCM as it flows through the house: small chunks, one after the other, at one rate for one stream. */

export type PcmChunk = {
  /** Mono samples, nominally −1…1. Owned by the receiver once yielded. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
};

/** Float samples as 16-bit little-endian bytes, clipped at full scale. */
export function toS16le(samples: Float32Array): Uint8Array {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const scaled = Math.round(samples[i]! * 32767);
    out[i] = scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled;
  }
  // Every platform Node 24 runs on is little-endian; the wire formats are too.
  return new Uint8Array(out.buffer);
}

/** 16-bit little-endian bytes as float samples. An odd trailing byte is an error of the sender: RangeError. */
export function fromS16le(bytes: Uint8Array): Float32Array {
  if (bytes.length % 2 !== 0) throw new RangeError(`s16le needs an even number of bytes, got ${bytes.length}`);
  // A part of a network buffer need not start at an even offset (and Buffer's own slice does not copy).
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  const ints = new Int16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
  const out = new Float32Array(ints.length);
  for (let i = 0; i < ints.length; i++) out[i] = ints[i]! / 32767;
  return out;
}

export function durationSeconds(chunk: PcmChunk): number {
  return chunk.samples.length / chunk.sampleRateHz;
}
