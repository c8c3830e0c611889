import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinSamples } from '../silence.ts';
import { bandCount, bandEdgesHz, slotsPerBlock } from './bands.ts';
import { createMarker, type MarkerOptions } from './marker.ts';
import { createSequence, pilot } from './sequence.ts';

const key = new Uint8Array(32).fill(3);
const rates = [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000];

function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

function markAll(samples: Float32Array, options: Partial<MarkerOptions> & { sampleRateHz: number }, chunk = 1_000): Float32Array {
  const marker = createMarker({ key, payload: 0xdead_beef, startSlot: 77, ...options });
  const parts: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += chunk) parts.push(marker.mark(samples.subarray(at, at + chunk)));
  return joinSamples([...parts, marker.end()]);
}

const largestDifference = (one: Float32Array, two: Float32Array): number => one.reduce((most, sample, i) => Math.max(most, Math.abs(sample - two[i]!)), 0);

describe('createMarker', () => {
  it.each(rates)('gives as many samples as it took, and the same ones where it has no strength, at %i Hz', (sampleRateHz) => {
    for (const length of [0, 1, 7, 200, sampleRateHz + 13]) {
      const samples = noise(length);
      expect(markAll(samples, { sampleRateHz })).toHaveLength(length);
      expect(largestDifference(markAll(samples, { sampleRateHz, strengthDb: 0, startSlot: 5.37 }), samples)).toBeLessThan(1e-6);
    }
  });

  it.each(rates)('holds at most 20 ms back at %i Hz', (sampleRateHz) => {
    const marker = createMarker({ key, payload: 1, startSlot: 0.5, sampleRateHz });
    let held = 0;
    for (let chunk = 1; chunk < 200; chunk++) {
      held += chunk - marker.mark(noise(chunk)).length;
      expect(held / sampleRateHz).toBeLessThanOrEqual(0.02);
    }
    expect(marker.end()).toHaveLength(held);
  });

  it('makes the same of speech however it is cut into pieces', () => {
    const samples = noise(30_000);
    const whole = markAll(samples, { sampleRateHz: 22_050 }, 30_000);
    fc.assert(fc.property(fc.integer({ min: 1, max: 5_000 }), (chunk) => {
      expect(largestDifference(markAll(samples, { sampleRateHz: 22_050 }, chunk), whole)).toBe(0);
    }), { numRuns: 20 });
  });

  it('leaves silence silent and the level as it was', () => {
    expect(markAll(new Float32Array(24_000), { sampleRateHz: 24_000 }).every((sample) => sample === 0)).toBe(true);
    const samples = noise(120_000);
    const power = (of: Float32Array) => of.reduce((sum, sample) => sum + sample * sample, 0);
    expect(10 * Math.log10(power(markAll(samples, { sampleRateHz: 24_000 })) / power(samples))).toBeCloseTo(0, 0);
  });

  it('writes the key\'s pilots: bands are louder where their sign is up', () => {
    const sampleRateHz = 24_000;
    const samples = noise(12 * sampleRateHz);
    const marked = markAll(samples, { sampleRateHz, startSlot: 640 });
    const own = pilotCorrelation(samples, marked, { key, startSlot: 640, sampleRateHz });
    expect(own).toBeGreaterThan(20);
    expect(Math.abs(pilotCorrelation(samples, marked, { key: new Uint8Array(32).fill(4), startSlot: 640, sampleRateHz }))).toBeLessThan(5);
    expect(Math.abs(pilotCorrelation(samples, marked, { key, startSlot: 645, sampleRateHz }))).toBeLessThan(5);
  });

  it('goes on in the middle of a slot where another one ended', () => {
    const sampleRateHz = 24_000;
    const samples = noise(4 * sampleRateHz);
    const first = createMarker({ key, payload: 9, startSlot: 100, sampleRateHz });
    const before = joinSamples([first.mark(samples.subarray(0, 50_123)), first.end()]);
    const second = createMarker({ key, payload: 9, startSlot: first.position(), sampleRateHz });
    const joined = joinSamples([before, second.mark(samples.subarray(50_123)), second.end()]);
    const whole = markAll(samples, { payload: 9, startSlot: 100, sampleRateHz });
    const far = 1_000;
    expect(largestDifference(joined.subarray(50_123 + far), whole.subarray(50_123 + far))).toBeLessThan(0.02);
  });

  it('refuses rates that cannot hold the mark', () => {
    expect(() => createMarker({ key, payload: 1, startSlot: 0, sampleRateHz: 6_000 })).toThrow(RangeError);
  });
});

/** How far the gains follow the pilots of a key, in deviations of chance. */
function pilotCorrelation(before: Float32Array, after: Float32Array, at: { key: Uint8Array; startSlot: number; sampleRateHz: number }): number {
  const sequence = createSequence(at.key);
  const hop = at.sampleRateHz / 100;
  let sum = 0;
  let squares = 0;
  for (let slot = 1; slot < before.length / hop - 1; slot++) {
    for (let band = 0; band < bandCount; band += 5) {
      const place = at.startSlot + slot;
      const block = Math.floor(place / slotsPerBlock);
      const cell = (place % slotsPerBlock) * bandCount + band;
      if (sequence.layout(block)[cell] !== pilot) continue;
      const from = (slot - 0.5) * hop;
      const gainDb = bandPowerDb(after, { from, hop, band, sampleRateHz: at.sampleRateHz }) - bandPowerDb(before, { from, hop, band, sampleRateHz: at.sampleRateHz });
      sum += gainDb * sequence.signs(block)[cell]!;
      squares += gainDb * gainDb;
    }
  }
  return sum / Math.sqrt(squares);
}

function bandPowerDb(samples: Float32Array, { from, hop, band, sampleRateHz }: { from: number; hop: number; band: number; sampleRateHz: number }): number {
  const centreHz = (bandEdgesHz[band]! + bandEdgesHz[band + 1]!) / 2;
  let re = 0;
  let im = 0;
  for (let i = 0; i < hop; i++) {
    const window = 1 - Math.cos((2 * Math.PI * (i + 0.5)) / hop);
    const angle = (2 * Math.PI * centreHz * i) / sampleRateHz;
    re += samples[Math.round(from) + i]! * window * Math.cos(angle);
    im += samples[Math.round(from) + i]! * window * Math.sin(angle);
  }
  return 10 * Math.log10(re * re + im * im + 1e-12);
}
