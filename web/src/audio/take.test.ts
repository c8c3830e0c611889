import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTake } from './take.ts';
import { toWavFile } from './wav-file.ts';

describe('a take', () => {
  it('holds the same samples wherever the network cuts its bytes', () => {
    fc.assert(fc.property(fc.int16Array({ maxLength: 200 }), fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 80 }), (samples, cuts) => {
      const bytes = new Uint8Array(Int16Array.from(samples).buffer);
      const take = createTake(24_000);
      let at = 0;
      for (const size of [...cuts, bytes.length]) {
        take.append(bytes.subarray(at, at + size));
        at = Math.min(bytes.length, at + size);
      }
      expect(take.lengthSamples()).toBe(samples.length);
      expect(take.toBytes()).toEqual(bytes);
      expect([...take.read(0, samples.length)]).toEqual([...samples].map((sample) => sample / 32_768));
    }));
  });

  it('goes on over the borders of its blocks', () => {
    const take = createTake(24_000);
    const ramp = Int16Array.from({ length: 150_000 }, (_, i) => i % 30_000);
    take.append(new Uint8Array(ramp.buffer));
    expect(take.read(65_535, 2)).toEqual(Float32Array.of(ramp[65_535]! / 32_768, ramp[65_536]! / 32_768));
    expect(take.read(149_999, 10)).toHaveLength(1);
    expect(take.durationSeconds()).toBe(6.25);
  });

  it('draws each part of the time as its loudest sample, and nothing where nothing has come', () => {
    const take = createTake(1_000);
    const samples = new Int16Array(1_000);
    samples[250] = -16_384;
    take.append(new Uint8Array(samples.buffer));
    expect([...take.peaks.columns(4, 2)]).toEqual([0.5, 0, 0, 0]);
    expect([...take.peaks.columns(4, 1)]).toEqual([0, 0.5, 0, 0]);
  });

  it('becomes a WAV file whose header tells its true length', async () => {
    const file = toWavFile(Uint8Array.of(1, 2, 3, 4), 24_000);
    const bytes = new DataView(await file.arrayBuffer());
    expect(file.size).toBe(48);
    expect(bytes.getUint32(4, true)).toBe(40);
    expect(bytes.getUint32(24, true)).toBe(24_000);
    expect(bytes.getUint32(40, true)).toBe(4);
  });
});
