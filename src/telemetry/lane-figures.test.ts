import { describe, expect, it } from 'vitest';
import { createLaneFigures } from './lane-figures.ts';

function setUp() {
  let nowMs = 0;
  return { figures: createLaneFigures(() => nowMs), pass: (durationMs: number) => { nowMs += durationMs; } };
}

describe('the figures of a lane', () => {
  it('are zero before anybody asked', () => {
    expect(setUp().figures.report('free')).toEqual({ totalRequests: 0, errorCount: 0, refusedCount: 0, sentences: 0, cachedSentences: 0, averageLatencySeconds: 0, p50LatencySeconds: 0, p95LatencySeconds: 0 });
  });

  it('tell faults from refusals, each lane by itself', () => {
    const { figures } = setUp();
    for (const status of [200, 200, 400, 429, 500, 503]) figures.answered('free', status);
    expect(figures.report('free')).toMatchObject({ totalRequests: 6, errorCount: 2, refusedCount: 1 });
    expect(figures.report('priority').totalRequests).toBe(0);
    for (const isCached of [true, false, false]) figures.lookedUp('free', isCached);
    expect(figures.report('free')).toMatchObject({ sentences: 3, cachedSentences: 1 });
  });

  it('give the latency of the last ten minutes', () => {
    const { figures, pass } = setUp();
    figures.spoke('free', 60);
    pass(600_001);
    for (let index = 1; index <= 100; index++) figures.spoke('free', index / 10);
    expect(figures.report('free')).toMatchObject({ averageLatencySeconds: expect.closeTo(5.05), p50LatencySeconds: 5, p95LatencySeconds: 9.5 });
  });
});
