import { describe, expect, it } from 'vitest';
import { decodeTrustedAudio } from './decode.ts';
import { fromALaw, fromMuLaw, toALaw, toMuLaw } from './g711.ts';

const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);

describe.each([
  { law: 'mulaw', from: fromMuLaw, to: toMuLaw },
  { law: 'alaw', from: fromALaw, to: toALaw },
] as const)('G.711 $law', ({ law, from, to }) => {
  it('reads every byte as FFmpeg reads it', async () => {
    const theirs = await decodeTrustedAudio({ bytes: everyByte, raw: { sampleType: law, sampleRateHz: 8000 } });
    expect(from(everyByte)).toEqual(theirs.samples);
  });

  it('writes the byte whose value is nearest, for every 16-bit value', () => {
    const values = Float32Array.from({ length: 65_536 }, (_, i) => (i - 32_768) / 32_768);
    const levels = from(everyByte).toSorted();
    const back = from(to(values));
    const furtherThanAStep = values.findIndex((value, i) => {
      const above = levels.find((level) => level >= value) ?? levels.at(-1)!;
      const below = levels.findLast((level) => level <= value) ?? levels[0]!;
      return back[i]! > above || back[i]! < below;
    });
    expect(furtherThanAStep).toBe(-1);
  });

  it('clips what is beyond full scale', () => {
    expect([...to(Float32Array.of(9, -9))]).toEqual([...to(Float32Array.of(1, -1))]);
  });
});
