import { describe, expect, it } from 'vitest';
import { createDecoderPace } from './decoder-pace.ts';

describe('the pace of the decoder', () => {
  it('is a guess, then what the first step took', () => {
    const pace = createDecoderPace();
    expect(pace.msPerFrame()).toBe(18);
    pace.observe(50, 1_000);
    expect(pace.msPerFrame()).toBe(20);
  });

  it('is that of the slow steps, but not of a single odd one', () => {
    const pace = createDecoderPace();
    for (const tookMs of [150, 160, 155, 900, 150]) pace.observe(10, tookMs);
    expect(pace.msPerFrame()).toBe(16);
    pace.observe(10, 200);
    expect(pace.msPerFrame()).toBe(20);
  });

  it('forgets a busy moment', () => {
    const pace = createDecoderPace();
    for (const tookMs of [400, 400, 400]) pace.observe(10, tookMs);
    for (let step = 0; step < 8; step++) pace.observe(10, 150);
    expect(pace.msPerFrame()).toBe(15);
  });
});
