import { describe, expect, it } from 'vitest';
import { createLoudnessMeter } from './loudness.ts';

/** A sine of so many dBFS (peak). */
function sine({ hz = 997, db, seconds, rateHz = 48_000 }: { hz?: number; db: number; seconds: number; rateHz?: number }): Float32Array {
  const level = 10 ** (db / 20);
  return Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, i) => level * Math.sin((2 * Math.PI * hz * i) / rateHz));
}

function measure(parts: readonly Float32Array[], rateHz = 48_000): number {
  const meter = createLoudnessMeter(rateHz);
  for (const part of parts) meter.push(part);
  return meter.integratedLufs();
}

/** One channel of the two of EBU Tech 3341's stereo signals is 3.01 LU softer than both. */
const oneOfTwo = -3.01;

describe('integrated loudness', () => {
  it('reads −3.01 LUFS for a full-scale sine of 997 Hz in one channel (BS.1770-4, annex 1)', () => {
    expect(measure([sine({ db: 0, seconds: 5 })])).toBeCloseTo(-3.01, 1);
  });

  it.each([8_000, 16_000, 22_050, 24_000, 44_100])('reads the same at %i Hz', (rateHz) => {
    expect(measure([sine({ db: -20, seconds: 5, rateHz })], rateHz)).toBeCloseTo(-23.01, 1);
  });

  it('meets EBU Tech 3341 cases 1 and 2: −23 and −33 dBFS', () => {
    expect(Math.abs(measure([sine({ hz: 1_000, db: -23, seconds: 20 })]) - (-23 + oneOfTwo))).toBeLessThan(0.1);
    expect(Math.abs(measure([sine({ hz: 1_000, db: -33, seconds: 20 })]) - (-33 + oneOfTwo))).toBeLessThan(0.1);
  });

  it('meets case 3: softer stretches around are gated away', () => {
    const parts = [sine({ hz: 1_000, db: -36, seconds: 10 }), sine({ hz: 1_000, db: -23, seconds: 60 }), sine({ hz: 1_000, db: -36, seconds: 10 })];
    expect(Math.abs(measure(parts) - (-23 + oneOfTwo))).toBeLessThan(0.1);
  });

  it('meets case 4: so is what is under the absolute gate', () => {
    const parts = [-72, -36, -23, -36, -72].map((db) => sine({ hz: 1_000, db, seconds: db === -23 ? 60 : 10 }));
    expect(Math.abs(measure(parts) - (-23 + oneOfTwo))).toBeLessThan(0.1);
  });

  it('is the same however the audio is cut', () => {
    const whole = sine({ db: -12, seconds: 3 });
    const pieces = Array.from({ length: Math.ceil(whole.length / 777) }, (_, i) => whole.subarray(i * 777, i * 777 + 777));
    expect(measure(pieces)).toBe(measure([whole]));
  });

  it('is minus infinity for silence, and for less than one block', () => {
    expect(measure([new Float32Array(48_000)])).toBe(-Infinity);
    expect(measure([sine({ db: 0, seconds: 0.3 })])).toBe(-Infinity);
  });
});
