import { describe, expect, it } from 'vitest';
import { localCaller, type Caller } from '../../caller.ts';
import { plansSchema } from '../../config/plan-settings.ts';
import { createAbuseWatch, type AbuseSignal } from './abuse.ts';
import { createRateLimiter } from './rate-limit.ts';
import { createRequestLimits } from './request-limits.ts';

const minuteMs = 60_000;

describe('a rate limit', () => {
  function setUp() {
    let nowMs = 0;
    return { limiter: createRateLimiter({ periodMs: minuteMs, now: () => nowMs }), pass: (ms: number) => { nowMs += ms; } };
  }

  it('lets a minute\'s worth through at once, then one after the other', () => {
    const { limiter, pass } = setUp();
    for (let left = 29; left >= 0; left--) expect(limiter.take('a', 30)).toMatchObject({ isAllowed: true, remaining: left });
    expect(limiter.take('a', 30)).toEqual({ isAllowed: false, limit: 30, remaining: 0, resetSeconds: 60, retryAfterSeconds: 2 });
    pass(1_999);
    expect(limiter.take('a', 30).isAllowed).toBe(false);
    pass(1);
    expect(limiter.take('a', 30).isAllowed).toBe(true);
    pass(minuteMs);
    expect(limiter.take('a', 30).remaining).toBe(29);
  });

  it('never lets more than two minutes\' worth through in any minute', () => {
    const { limiter, pass } = setUp();
    let allowed = 0;
    for (let step = 0; step < 6_000; step++) {
      if (limiter.take('a', 30).isAllowed) allowed++;
      pass(10);
    }
    expect(allowed).toBeLessThanOrEqual(60);
  });

  it('keeps subjects apart, and lets nothing through where nothing is allowed', () => {
    const { limiter } = setUp();
    limiter.take('a', 1);
    expect([limiter.take('a', 1).isAllowed, limiter.take('b', 1).isAllowed, limiter.take('c', 0).isAllowed]).toEqual([false, true, false]);
  });
});

describe('abuse', () => {
  function setUp() {
    let nowMs = 0;
    const signals: AbuseSignal[] = [];
    const watch = createAbuseWatch({ now: () => nowMs, onSignal: (signal) => signals.push(signal) });
    return { watch, signals, pass: (ms: number) => { nowMs += ms; } };
  }

  it('is ten times the normal rate: told once, and tightened', () => {
    const { watch, signals } = setUp();
    const shares = Array.from({ length: 320 }, () => watch.attempt('key', 30));
    expect(shares.indexOf(0.1)).toBe(299);
    expect(signals).toEqual([{ subject: 'key', kind: 'raised', attempts: 300, normal: 30 }]);
    expect(watch.tightened()).toEqual(['key']);
    expect(watch.attempt('other', 30)).toBe(1);
  });

  it('is seen across the edge of a minute', () => {
    const { watch, signals, pass } = setUp();
    pass(55_000);
    for (let index = 0; index < 200; index++) watch.attempt('key', 30);
    pass(10_000);
    for (let index = 0; index < 150; index++) watch.attempt('key', 30);
    expect(signals).toHaveLength(1);
  });

  it('is undone ten minutes after the last loud one, by the next attempt or by the look', () => {
    const { watch, signals, pass } = setUp();
    for (const subject of ['one', 'two']) for (let index = 0; index < 300; index++) watch.attempt(subject, 30);
    pass(9 * minuteMs);
    expect(watch.attempt('one', 30)).toBe(0.1);
    pass(minuteMs);
    expect(watch.attempt('one', 30)).toBe(1);
    watch.sweep();
    expect(watch.tightened()).toEqual([]);
    expect(signals.map(({ subject, kind }) => [subject, kind])).toEqual([['one', 'raised'], ['two', 'raised'], ['one', 'lifted'], ['two', 'lifted']]);
  });

  it('is not undone while somebody goes on', () => {
    const { watch, pass } = setUp();
    for (let index = 0; index < 300; index++) watch.attempt('key', 30);
    for (let minute = 0; minute < 20; minute++) {
      pass(minuteMs);
      for (let index = 0; index < 40; index++) watch.attempt('key', 30);
    }
    expect(watch.tightened()).toEqual(['key']);
  });
});

describe('the limits of a request', () => {
  const plans = plansSchema.parse({});
  const settings = { lanes: { priority: { speechPerMinute: 120 }, free: { speechPerMinute: 30 } }, perMinute: { transcription: 10, chat: 10, embeddings: 10 }, globalPerMinute: 200 };
  const stranger: Caller = { ...localCaller, lane: 'free', address: '10.0.0.7' };
  const pro: Caller = { owner: 'user_1', role: 'user', keyId: 'key_1', plan: { ...plans['pro']!, id: 'pro' }, lane: 'priority', address: '10.0.0.7' };

  function setUp() {
    const signals: AbuseSignal[] = [];
    const limits = createRequestLimits({ settings, now: () => 0, onSignal: (signal) => signals.push(signal) });
    const allowed = (caller: Caller, attempts: number, action: 'speech' | 'chat' = 'speech'): number => {
      let count = 0;
      for (let attempt = 0; attempt < attempts; attempt++) {
        if (limits.take(caller, action)?.refusal === undefined) count++;
      }
      return count;
    };
    return { limits, signals, allowed };
  }

  it('are those of the lane, the plan or the action', () => {
    const { limits, allowed } = setUp();
    expect([allowed(pro, 130), allowed(stranger, 40), allowed(pro, 20, 'chat')]).toEqual([120, 30, 10]);
    expect(allowed({ ...pro, keyId: 'key_2', plan: { ...pro.plan!, speechPerMinute: 5 } }, 10)).toBe(5);
    expect(limits.take(stranger, 'speech')?.refusal).toEqual(expect.objectContaining({ code: 'rate_limited', message: expect.stringMatching(/^30 requests for speech a minute/), retryAfterSeconds: 2 }));
  });

  it('are nobody\'s who needs no key on his own machine, but a stranger\'s by his address', () => {
    const { limits, allowed } = setUp();
    for (let index = 0; index < 1_000; index++) expect(limits.take(localCaller, 'speech')).toBeUndefined();
    expect([allowed(stranger, 31), allowed({ ...stranger, address: '10.0.0.8' }, 31)]).toEqual([30, 30]);
  });

  it('are everybody\'s together', () => {
    const { allowed } = setUp();
    expect([allowed(pro, 120), allowed({ ...pro, keyId: 'key_2' }, 120)]).toEqual([120, 80]);
  });

  it('shrink for whoever asks ten times as often, who is named by no address', () => {
    const { signals, allowed } = setUp();
    allowed(stranger, 300);
    expect(signals).toHaveLength(1);
    expect(signals[0]!.subject).toMatch(/^address [0-9a-f]{12} speech$/);
  });
});
