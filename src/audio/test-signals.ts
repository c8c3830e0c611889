/** Signals with known properties, and the measures that find them again; for tests and benches only. */

export function sine(options: { hz: number; sampleRateHz: number; durationMs: number; peak?: number }): Float32Array {
  const step = (2 * Math.PI * options.hz) / options.sampleRateHz;
  return Float32Array.from({ length: Math.round((options.durationMs * options.sampleRateHz) / 1000) }, (_, i) => (options.peak ?? 0.5) * Math.sin(step * i));
}

/** The stream cut into pieces whose sizes repeat: 1, 7, 480, 3, 9000 … */
export function inChunks(samples: Float32Array, sizes: readonly number[]): Float32Array[] {
  const chunks: Float32Array[] = [];
  for (let at = 0, turn = 0; at < samples.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    chunks.push(samples.slice(at, at + size));
    at += size;
  }
  return chunks;
}

export function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** Pitch of a pure tone by its rising zero crossings, interpolated between samples. */
export function pitchHz(samples: Float32Array, sampleRateHz: number): number {
  const crossings: number[] = [];
  for (let i = 1; i < samples.length; i++) {
    const before = samples[i - 1]!;
    const after = samples[i]!;
    if (before < 0 && after >= 0) crossings.push(i - after / (after - before));
  }
  return ((crossings.length - 1) * sampleRateHz) / (crossings.at(-1)! - crossings[0]!);
}

/** Power of the tone over the power of all else, in dB, by a least-squares fit of that one frequency. */
export function toneToRestDb(samples: Float32Array, tone: { hz: number; sampleRateHz: number }): number {
  const step = (2 * Math.PI * tone.hz) / tone.sampleRateHz;
  let [ss, cc, sc, ys, yc] = [0, 0, 0, 0, 0];
  samples.forEach((y, i) => {
    const s = Math.sin(step * i);
    const c = Math.cos(step * i);
    ss += s * s; cc += c * c; sc += s * c; ys += y * s; yc += y * c;
  });
  const determinant = ss * cc - sc * sc;
  const a = (ys * cc - yc * sc) / determinant;
  const b = (yc * ss - ys * sc) / determinant;
  let [signal, rest] = [0, 0];
  samples.forEach((y, i) => {
    const fitted = a * Math.sin(step * i) + b * Math.cos(step * i);
    signal += fitted * fitted;
    rest += (y - fitted) ** 2;
  });
  return 10 * Math.log10(signal / rest);
}

/** The middle half, where no codec's start or end is heard. */
export function middle(samples: Float32Array): Float32Array {
  return samples.subarray(Math.floor(samples.length / 4), Math.floor((samples.length * 3) / 4));
}
