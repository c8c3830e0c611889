import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../test/support/virtual-clock.ts';
import { AntiphonError } from '../errors.ts';
import { createCircuitBreaker, type BreakerSettings, type CircuitBreaker } from './circuit-breaker.ts';

const settings: BreakerSettings = { consecutiveFailures: 5, windowCalls: 20, leastCalls: 10, failureShare: 0.5, openMs: 30_000, mostOpenMs: 300_000 };
const broken = new AntiphonError('provider_failed', 'broken');

function setUp(): { clock: VirtualClock; breaker: CircuitBreaker } {
  const clock = createVirtualClock();
  return { clock, breaker: createCircuitBreaker({ settings, clock }) };
}

function succeed(breaker: CircuitBreaker, times = 1): void {
  for (let i = 0; i < times; i++) breaker.admit()!.succeeded(100);
}

function fail(breaker: CircuitBreaker, times = 1, error = broken): void {
  for (let i = 0; i < times; i++) breaker.admit()!.failed(error, false);
}

describe('a circuit breaker', () => {
  it('opens at the fifth failure in a row, not at the fourth', () => {
    const { breaker } = setUp();
    fail(breaker, 4);
    expect(breaker.snapshot().breaker).toBe('closed');
    fail(breaker);
    expect(breaker.snapshot()).toMatchObject({ breaker: 'open', retryAtMs: 30_000, lastError: broken });
    expect(breaker.admit()).toBeUndefined();
  });

  it('does not mind failures between which something goes well, while they are few', () => {
    const { breaker } = setUp();
    for (let i = 0; i < 20; i++) {
      succeed(breaker, 2);
      fail(breaker);
    }
    expect(breaker.snapshot().breaker).toBe('closed');
  });

  it('opens when half of the last twenty failed, once there were ten', () => {
    const { breaker } = setUp();
    for (let i = 0; i < 4; i++) {
      succeed(breaker);
      fail(breaker);
    }
    succeed(breaker);
    expect(breaker.snapshot()).toMatchObject({ breaker: 'closed', recentCalls: 9 });
    fail(breaker);
    expect(breaker.snapshot().breaker).toBe('open');
  });

  it('forgets what is more than twenty calls ago', () => {
    const { breaker } = setUp();
    fail(breaker, 4);
    succeed(breaker, 20);
    expect(breaker.snapshot()).toMatchObject({ recentCalls: 20, recentFailures: 0 });
  });

  it('lets exactly one call try when its time is over, and closes when that goes well', async () => {
    const { breaker, clock } = setUp();
    fail(breaker, 5);
    await clock.advance(29_999);
    expect(breaker.admit()).toBeUndefined();
    await clock.advance(1);
    const probe = breaker.admit()!;
    expect([breaker.admit(), breaker.admit()]).toEqual([undefined, undefined]);
    expect(breaker.snapshot().breaker).toBe('half-open');
    probe.succeeded(80);
    expect(breaker.snapshot()).toMatchObject({ breaker: 'closed', consecutiveFailures: 0, retryAtMs: undefined });
  });

  it('stays open twice as long after every probe that fails, up to five minutes, and begins anew once it has worked', async () => {
    const { breaker, clock } = setUp();
    fail(breaker, 5);
    const pauses: number[] = [];
    for (let round = 0; round < 6; round++) {
      const pauseMs = breaker.snapshot().retryAtMs! - clock.now();
      pauses.push(pauseMs);
      await clock.advance(pauseMs);
      fail(breaker);
    }
    expect(pauses).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
    await clock.advance(300_000);
    succeed(breaker);
    fail(breaker, 5);
    expect(breaker.snapshot().retryAtMs! - clock.now()).toBe(30_000);
  });

  it('stays open for as long as he asked for, at most an hour', () => {
    const { breaker } = setUp();
    breaker.admit()!.failed(new AntiphonError('provider_limited', 'limited', { retryAfterSeconds: 7 }), true);
    expect(breaker.snapshot()).toMatchObject({ breaker: 'open', retryAtMs: 7_000 });
    breaker.reset();
    breaker.admit()!.failed(new AntiphonError('provider_limited', 'limited', { retryAfterSeconds: 86_400 }), true);
    expect(breaker.snapshot().retryAtMs).toBe(3_600_000);
  });

  it('opens at once where asking again is of no use', () => {
    const { breaker } = setUp();
    breaker.admit()!.failed(new AntiphonError('provider_key_refused', 'refused'), true);
    expect(breaker.snapshot().breaker).toBe('open');
  });

  it('learns nothing from a call that was given back, and lets another one probe in its place', async () => {
    const { breaker, clock } = setUp();
    for (let i = 0; i < 50; i++) breaker.admit()!.returned();
    expect(breaker.snapshot()).toMatchObject({ breaker: 'closed', recentCalls: 0 });
    fail(breaker, 5);
    await clock.advance(30_000);
    breaker.admit()!.returned();
    expect(breaker.snapshot().breaker).toBe('half-open');
    succeed(breaker);
    expect(breaker.snapshot().breaker).toBe('closed');
  });

  it('closes with the beginning of the probe\'s answer, and opens again at the first failure until one has gone well to its end', async () => {
    const { breaker, clock } = setUp();
    fail(breaker, 5);
    await clock.advance(30_000);
    const probe = breaker.admit()!;
    probe.began();
    expect(breaker.snapshot().breaker).toBe('closed');
    expect(breaker.admit()).toBeDefined();
    probe.failed(broken, false);
    expect(breaker.snapshot()).toMatchObject({ breaker: 'open', retryAtMs: 30_000 + 60_000 });
  });

  it('does not listen to calls that began before it opened or was reset', async () => {
    const { breaker, clock } = setUp();
    const early = Array.from({ length: 8 }, () => breaker.admit()!);
    for (const permit of early.slice(0, 5)) permit.failed(broken, false);
    early[5]!.failed(broken, false);
    early[6]!.succeeded(10);
    expect(breaker.snapshot()).toMatchObject({ breaker: 'open', retryAtMs: 30_000 });
    breaker.reset();
    early[7]!.failed(broken, true);
    expect(breaker.snapshot()).toMatchObject({ breaker: 'closed', consecutiveFailures: 0 });
    await clock.advance(1);
  });

  it('listens to the first outcome of a call only', () => {
    const { breaker } = setUp();
    const permit = breaker.admit()!;
    permit.succeeded(10);
    permit.failed(broken, true);
    expect(breaker.snapshot()).toMatchObject({ breaker: 'closed', recentCalls: 1, recentFailures: 0 });
  });

  it('probes at once when told that he may be back', () => {
    const { breaker } = setUp();
    fail(breaker, 5);
    breaker.probeNow();
    expect(breaker.snapshot().breaker).toBe('half-open');
    succeed(breaker);
    expect(breaker.snapshot().breaker).toBe('closed');
  });

  it('tells the latency of what succeeded, the newest counting most', () => {
    const { breaker } = setUp();
    expect(breaker.snapshot().latencyMs).toBeUndefined();
    breaker.admit()!.succeeded(100);
    breaker.admit()!.succeeded(200);
    expect(breaker.snapshot().latencyMs).toBeCloseTo(120);
  });

  it('never has two probes, never opens without a failure, and never admits while open, whatever happens in whatever order', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('admit' as const) }),
      fc.record({ do: fc.constantFrom('succeeded' as const, 'failed' as const, 'final' as const, 'returned' as const, 'began' as const), which: fc.nat(5) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 400_000 }) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let nowMs = 0;
      const breaker = createCircuitBreaker({ settings, clock: { now: () => nowMs, sleep: async () => undefined } });
      const open: NonNullable<ReturnType<CircuitBreaker['admit']>>[] = [];
      let failures = 0;
      let probing: (typeof open)[number] | undefined;
      for (const one of steps) {
        if (one.do === 'wait') nowMs += one.ms;
        else if (one.do === 'admit') {
          const before = breaker.snapshot();
          const permit = breaker.admit();
          if (before.breaker === 'open') expect(permit).toBeUndefined();
          if (before.breaker === 'closed') expect(permit).toBeDefined();
          if (before.breaker === 'half-open' && permit) {
            expect(probing).toBeUndefined();
            probing = permit;
          }
          if (permit) open.push(permit);
        } else {
          const permit = open[one.which % Math.max(1, open.length)];
          if (!permit) continue;
          if (one.do !== 'began') open.splice(open.indexOf(permit), 1);
          if (permit === probing) probing = undefined;
          if (one.do === 'failed' || one.do === 'final') failures++;
          if (one.do === 'succeeded') permit.succeeded(1);
          else if (one.do === 'returned') permit.returned();
          else if (one.do === 'began') permit.began();
          else permit.failed(broken, one.do === 'final');
        }
        const { breaker: state, recentCalls, recentFailures } = breaker.snapshot();
        if (failures === 0) expect(state).toBe('closed');
        expect(recentFailures).toBeLessThanOrEqual(recentCalls);
        expect(recentCalls).toBeLessThanOrEqual(settings.windowCalls);
      }
    }), { numRuns: 500 });
  });
});
