import { describe, expect, it } from 'vitest';
import { createDecoderPace } from './decoder-pace.ts';

function paceAfter(...tookMs: number[]) {
  const pace = createDecoderPace();
  for (const took of tookMs) pace.observe(10, took);
  return pace.now();
}

describe('the pace of the decoder', () => {
  it('is a guess, then what the first step took', () => {
    expect(paceAfter()).toEqual({ bestMs: 18, slowMs: 18, meanMs: 18, lastMs: 18 });
    expect(paceAfter(200)).toEqual({ bestMs: 20, slowMs: 20, meanMs: 20, lastMs: 20 });
  });

  it('tells the best step, and the slow ones but for a single odd one', () => {
    expect(paceAfter(150, 160, 155, 900, 150)).toMatchObject({ bestMs: 15, slowMs: 16 });
  });

  it('believes the last step, however odd', () => {
    expect(paceAfter(150, 160, 155, 150, 310)).toMatchObject({ bestMs: 15, slowMs: 31, lastMs: 31 });
  });

  it('tells the mean of the last four steps', () => {
    expect(paceAfter(400, 400, 200, 200, 100, 100).meanMs).toBeCloseTo(15);
  });

  it('forgets a busy moment', () => {
    expect(paceAfter(400, 400, 400, ...Array<number>(16).fill(150))).toMatchObject({ bestMs: 15, slowMs: 15 });
  });
});
