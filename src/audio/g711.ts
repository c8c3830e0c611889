/** G.711 (ITU-T G.711, 1988): µ-law and A-law, one byte a sample at 8 kHz, as telephony speaks it. */

const muLawBias = 0x84;
const muLawClip = 32_635;

/** Float samples as µ-law bytes, clipped at full scale. */
export function toMuLaw(samples: Float32Array): Uint8Array {
  return Uint8Array.from(samples, (sample) => encodeMuLaw(toInt16(sample)));
}

/** µ-law bytes as float samples. */
export function fromMuLaw(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => muLawTable[byte]!);
}

/** Float samples as A-law bytes, clipped at full scale. */
export function toALaw(samples: Float32Array): Uint8Array {
  return Uint8Array.from(samples, (sample) => encodeALaw(toInt16(sample)));
}

/** A-law bytes as float samples. */
export function fromALaw(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => aLawTable[byte]!);
}

const muLawTable = Float32Array.from({ length: 256 }, (_, byte) => decodeMuLaw(byte) / 32_768);
const aLawTable = Float32Array.from({ length: 256 }, (_, byte) => decodeALaw(byte) / 32_768);

function toInt16(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
}

function encodeMuLaw(value: number): number {
  const sign = value < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(value), muLawClip) + muLawBias;
  // The bias puts the leading one between bit 7 and bit 14; its place is the segment.
  const segment = 24 - Math.clz32(magnitude);
  const step = (magnitude >> (segment + 3)) & 0x0f;
  return ~(sign | (segment << 4) | step) & 0xff;
}

function decodeMuLaw(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + muLawBias) << ((code >> 4) & 0x07)) - muLawBias;
  // Subtracted, since −0 would not equal what other decoders give.
  return code & 0x80 ? 0 - magnitude : magnitude;
}

function encodeALaw(value: number): number {
  // In A-law the set sign bit is the positive half, and every second bit is inverted on the line.
  const sign = value < 0 ? 0 : 0x80;
  const magnitude = (value < 0 ? ~value : value) >> 4;
  const segment = magnitude < 16 ? 0 : 28 - Math.clz32(magnitude);
  const code = (segment << 4) | ((magnitude >> Math.max(0, segment - 1)) & 0x0f);
  return (sign | code) ^ 0x55;
}

function decodeALaw(byte: number): number {
  const code = byte ^ 0x55;
  const segment = (code >> 4) & 0x07;
  const step = (code & 0x0f) << 4;
  const magnitude = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return code & 0x80 ? magnitude : -magnitude;
}
