/** IEEE 754 binary16, the `float16` of ONNX files. Node 20 has no Float16Array, so the bits are made here. */

/** Nearest half floats (ties to even) as their 16 bits; beyond ±65,504 becomes infinity. */
export function toHalfFloats(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) out[i] = halfBits(bits[i]!);
  return out;
}

/** The numbers that half floats stand for; exact. */
export function fromHalfFloats(halves: Uint16Array): Float32Array {
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    const sign = half & 0x8000 ? -1 : 1;
    if (exponent === 0) out[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) out[i] = fraction === 0 ? sign * Infinity : NaN;
    else out[i] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return out;
}

function halfBits(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const exponent = ((single >>> 23) & 0xff) - 112;
  const fraction = single & 0x7fffff;
  if (exponent === 143) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent < -10) return sign;
  // Subnormal halves keep fewer bits of the fraction, with the hidden 1 made visible.
  const shift = exponent > 0 ? 13 : 14 - exponent;
  const wide = exponent > 0 ? (exponent << 23) | fraction : fraction | 0x800000;
  const kept = wide >>> shift;
  const rest = wide & ((1 << shift) - 1);
  const halfway = 1 << (shift - 1);
  // A carry out of the fraction runs into the exponent, which is what rounding up means.
  return sign | (rest > halfway || (rest === halfway && kept & 1) ? kept + 1 : kept);
}
