import { describe, expect, it } from 'vitest';
import { kokoroTimings } from './kokoro-timings.ts';
import type { KokoroToken } from './kokoro-tokens.ts';

/** One token a letter, the words and marks of the text as stretches. */
function tokensOf(text: string): KokoroToken[] {
  return Array.from(text.matchAll(/\w+|[^\w\s]|\s/gu)).flatMap(({ 0: part, index }) =>
    Array.from(part, (symbol) => ({ id: 1, symbol, start: index, end: symbol === ' ' ? index : index + part.length })),
  );
}

/** Half frames of sound (`#`) and silence (`.`), each sign one frame. */
function energyOf(picture: string): Float32Array {
  return Float32Array.from(Array.from(picture).flatMap((sign) => (sign === '#' ? [6, 6] : [-8, -8])));
}

const sampleOf = (frame: number) => frame * 600;

describe('kokoroTimings', () => {
  const tokens = tokensOf('ab, cd.');
  //                                         pad a  b  ,  _  c  d  .  pad
  const durations = [4, 4, 6, 2, 2, 4, 5, 2, 1];
  const energy = energyOf('...########....##########.....'.slice(0, 30));
  const place = (change: object = {}) => kokoroTimings(tokens, { prosody: { durations, frames: 30, tracks: { energy } }, range: { from: 1, to: 28 }, samplesBefore: 0, ...change });

  it('begins with the sound and ends with it, though durations come late', () => {
    const timings = place();
    expect(Math.abs(timings[0]!.startSample - sampleOf(2))).toBeLessThan(400);
    expect(Math.abs(timings.find(({ symbol }) => symbol === 'd')!.endSample - sampleOf(24))).toBeLessThan(700);
  });

  it('puts a mark where the silence is', () => {
    const timings = place();
    expect(Math.abs(timings.find(({ symbol }) => symbol === ',')!.startSample - sampleOf(10))).toBeLessThan(400);
    expect(Math.abs(timings.find(({ symbol }) => symbol === 'c')!.startSample - sampleOf(14))).toBeLessThan(400);
  });

  it('leaves no gap and never goes back', () => {
    const timings = place();
    for (let i = 1; i < timings.length; i++) expect(timings[i]!.startSample).toBe(timings[i - 1]!.endSample);
    for (const { startSample, endSample } of timings) expect(endSample).toBeGreaterThanOrEqual(startSample);
  });

  it('counts from the first sample of the sentence, within what is made', () => {
    const later = place({ samplesBefore: 5000 });
    expect(later.map(({ startSample }) => startSample)).toEqual(place().map(({ startSample }) => startSample + 5000));
    const cut = place({ range: { from: 1, to: 16 } });
    expect(Math.max(...cut.map(({ endSample }) => endSample))).toBeLessThanOrEqual(sampleOf(15));
  });

  it('follows frames that were thinned out', () => {
    const half = kokoroTimings(tokens, { prosody: { durations: durations.map((count) => 2 * count), frames: 30, tracks: { energy } }, range: { from: 1, to: 28 }, samplesBefore: 0 });
    expect(half).toEqual(place());
  });

  it('shifts by the usual lag where there is no silence to hold on to', () => {
    const noPause = kokoroTimings(tokens, { prosody: { durations, frames: 30, tracks: { energy: energyOf(`...${'#'.repeat(22)}.....`) } }, range: { from: 1, to: 28 }, samplesBefore: 0 });
    const c = noPause.find(({ symbol }) => symbol === 'c')!;
    expect(c.startSample).toBeGreaterThan(sampleOf(14));
    expect(c.startSample).toBeLessThan(sampleOf(18));
  });

  it('bears silence throughout', () => {
    expect(place({ prosody: { durations, frames: 30, tracks: { energy: energyOf('.'.repeat(30)) } } }).every(({ startSample, endSample }) => endSample >= startSample)).toBe(true);
  });
});
