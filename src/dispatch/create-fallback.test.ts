import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import { AntiphonError, type ErrorCode } from '../errors.ts';
import { createFallback, type FallbackSettings } from './create-fallback.ts';
import type { FallbackOptions } from './fallback.ts';

const settings: FallbackSettings = {
  deadlineMs: 30_000, firstPieceMs: 10_000, attempts: 2, backoffMs: 200, mostBackoffMs: 5_000,
  breaker: { consecutiveFailures: 5, windowCalls: 20, leastCalls: 10, failureShare: 0.5, openMs: 30_000, mostOpenMs: 300_000 },
};

type Answer = string | AntiphonError | { readonly afterMs: number; readonly value: string };
/** What each member answers, call by call; the last one for good. */
type Script = Readonly<Record<string, readonly Answer[]>>;

const failure = (code: ErrorCode, retryAfterSeconds?: number) => new AntiphonError(code, `${code}!`, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
const down = failure('provider_failed');

function setUp(script: Script, { chain = Object.keys(script), random = 0.5, ...changed }: Partial<FallbackSettings> & { chain?: readonly string[]; random?: number } = {}) {
  const clock = createVirtualClock();
  const calls: string[] = [];
  const times: number[] = [];
  const abandoned: string[] = [];
  const events: string[] = [];
  const fallback = createFallback({
    settings: { ...settings, ...changed },
    chain: () => chain,
    clock,
    random: () => random,
    observer: {
      onAttempt: ({ member, outcome }) => events.push(`${member} ${outcome}`),
      onBreaker: ({ member, breaker }) => events.push(`${member} is ${breaker}`),
      onFailover: ({ from, to }) => events.push(`${from} → ${to}`),
    },
  });
  const counts = new Map<string, number>();
  const live = { ...script };

  async function attempt(member: string, signal: AbortSignal): Promise<string> {
    calls.push(member);
    times.push(clock.now());
    const number = counts.get(member) ?? 0;
    counts.set(member, number + 1);
    const answers = live[member]!;
    const answer = answers[Math.min(number, answers.length - 1)]!;
    signal.addEventListener('abort', () => abandoned.push(member), { once: true });
    if (answer === 'hang') return clock.sleep(1e9, signal).then(() => 'never');
    if (answer instanceof AntiphonError) throw answer;
    if (typeof answer === 'string') return answer;
    await clock.sleep(answer.afterMs, signal);
    return answer.value;
  }

  const run = (options: Partial<FallbackOptions> = {}) => {
    const promise = fallback.run('chat', attempt, { signal: new AbortController().signal, ...options });
    promise.catch(() => undefined);
    return promise;
  };
  return { clock, calls, times, abandoned, events, fallback, run, live, attempt };
}

const codeOf = async (promise: Promise<unknown>) => promise.then(() => 'ok', (error: AntiphonError) => error.code);

describe('a chain', () => {
  it('asks the first member, and nobody else while that one answers', async () => {
    const { run, calls, events } = setUp({ groq: ['hello'], local: ['hi'] });
    expect(await run()).toEqual({ member: 'groq', insteadOf: undefined, value: 'hello' });
    expect(calls).toEqual(['groq']);
    expect(events).toEqual(['groq ok']);
  });

  it('gives a member a second attempt after a pause, then goes on to the next, and says who stood in for whom', async () => {
    const { run, calls, clock, events } = setUp({ groq: [down], openai: [failure('provider_unreachable')], local: ['hi'] });
    const served = run();
    await clock.advance(99);
    expect(calls).toEqual(['groq']);
    await clock.advance(1);
    expect(calls).toEqual(['groq', 'groq', 'openai']);
    await clock.advance(100);
    expect(await served).toEqual({ member: 'local', insteadOf: 'groq', value: 'hi' });
    expect(calls).toEqual(['groq', 'groq', 'openai', 'openai', 'local']);
    expect(events.at(-1)).toBe('groq → local');
  });

  it('doubles the bound of the pauses up to the longest, and draws them from all of it', async () => {
    const { run, calls, clock, times } = setUp({ groq: [down], local: ['hi'] }, { attempts: 5, backoffMs: 1_000, mostBackoffMs: 3_000, random: 1, breaker: { ...settings.breaker, consecutiveFailures: 9 } });
    const served = run();
    await clock.advance(12_000);
    expect(await served).toMatchObject({ member: 'local' });
    expect(calls).toEqual(['groq', 'groq', 'groq', 'groq', 'groq', 'local']);
    expect(times).toEqual([0, 1_000, 3_000, 6_000, 9_000, 9_000]);
  });

  it('asks the local member once: its pool begins anew by itself', async () => {
    const { run, calls } = setUp({ local: [failure('engine_failed')], groq: ['hello'] });
    expect(await run()).toMatchObject({ member: 'groq', insteadOf: 'local' });
    expect(calls).toEqual(['local', 'groq']);
  });

  it('waits for as long as a member asks for where that fits, and goes on at once where it does not', async () => {
    const limited = setUp({ groq: [failure('provider_limited', 3), 'hello'], local: ['hi'] });
    const served = limited.run();
    await limited.clock.advance(2_999);
    expect(limited.calls).toEqual(['groq']);
    await limited.clock.advance(200);
    expect(await served).toMatchObject({ member: 'groq' });

    const tooLong = setUp({ groq: [failure('provider_limited', 31), 'hello'], local: ['hi'] });
    expect(await tooLong.run()).toMatchObject({ member: 'local', insteadOf: 'groq' });
    expect(tooLong.calls).toEqual(['groq', 'local']);
    expect(tooLong.fallback.states().find(({ member }) => member === 'groq')).toMatchObject({ breaker: 'open', retryAtMs: 31_000 });
  });

  it('is not slowed down by two dead members and a hung one', async () => {
    const { run, calls, clock, abandoned } = setUp({ dead: [down], gone: [failure('provider_unreachable')], hung: ['hang'], local: ['hi'] });
    const served = run();
    await clock.advance(200);
    expect(calls).toEqual(['dead', 'dead', 'gone', 'gone', 'hung']);
    await clock.advance(9_999);
    expect(calls.at(-1)).toBe('hung');
    await clock.advance(1);
    expect(await served).toMatchObject({ member: 'local' });
    expect(abandoned).toEqual(['hung']);
  });

  it('has one deadline for all members together, and the last one may use all that is left', async () => {
    const { run, clock, abandoned } = setUp({ one: ['hang'], two: ['hang'], three: ['hang'] });
    const served = run();
    await clock.advance(29_999);
    expect(abandoned).toEqual(['one', 'two']);
    await clock.advance(1);
    expect(await codeOf(served)).toBe('provider_timeout');
    expect(abandoned).toEqual(['one', 'two', 'three']);
    expect(clock.now()).toBe(30_000);
  });

  it('blames nobody for a deadline that was nearly over when his turn came', async () => {
    const { run, clock, fallback } = setUp({ one: ['hang'], two: ['hang'] }, { deadlineMs: 11_000 });
    const served = run();
    await clock.advance(11_000);
    expect(await codeOf(served)).toBe('provider_timeout');
    expect(fallback.states().map(({ member, recentFailures }) => [member, recentFailures])).toEqual([['one', 1], ['two', 0]]);
  });

  it('ends the search where the request itself is at fault, and holds it against nobody', async () => {
    for (const code of ['input_invalid', 'input_empty', 'draining'] as const) {
      const { run, calls, fallback } = setUp({ groq: [failure(code)], local: ['hi'] });
      expect(await codeOf(run())).toBe(code);
      expect(calls).toEqual(['groq']);
      expect(fallback.states()[0]).toMatchObject({ breaker: 'closed', recentFailures: 0, consecutiveFailures: 0 });
    }
  });

  it('lets another member try what is beyond one of them, without holding it against him', async () => {
    for (const code of ['provider_rejected', 'context_too_long', 'schema_unsupported', 'language_unknown', 'queue_full', 'model_not_ready'] as const) {
      const { run, fallback } = setUp({ local: [failure(code)], groq: ['hello'] });
      expect(await run()).toMatchObject({ member: 'groq', insteadOf: 'local' });
      expect(fallback.states()[0]).toMatchObject({ recentFailures: 0 });
    }
  });

  it('does not ask again, nor soon, whoever refuses the key', async () => {
    const { run, calls, events } = setUp({ groq: [failure('provider_key_refused')], local: ['hi'] });
    await run();
    await run();
    expect(calls).toEqual(['groq', 'local', 'local']);
    expect(events).toContain('groq is open');
  });

  it('passes over a member whose breaker is open, and fails at once where nobody is left, saying when to come back', async () => {
    const { run, calls, clock } = setUp({ groq: [down], openai: [down] }, { attempts: 1 });
    for (let i = 0; i < 5; i++) await codeOf(run());
    await clock.advance(12_400);
    calls.length = 0;
    await expect(run()).rejects.toMatchObject({ code: 'provider_unavailable', status: 503, retryAfterSeconds: 18, message: expect.stringContaining('groq, openai') });
    expect(calls).toEqual([]);
  });

  it('gives the last member\'s failure where all failed', async () => {
    const { run } = setUp({ groq: [down], openai: [failure('provider_key_refused')] }, { attempts: 1 });
    expect(await codeOf(run())).toBe('provider_key_refused');
  });

  it('lets one request probe while the others pass over, and comes back when that goes well', async () => {
    const { run, calls, clock, live, events } = setUp({ groq: [down], local: ['hi'] }, { attempts: 1 });
    for (let i = 0; i < 5; i++) await run();
    await clock.advance(30_000);
    (live as Record<string, readonly Answer[]>)['groq'] = [{ afterMs: 500, value: 'hello' }];
    calls.length = 0;
    const all = Array.from({ length: 10 }, () => run());
    await clock.advance(0);
    expect(calls.toSorted()).toEqual(['groq', ...Array.from({ length: 9 }, () => 'local')]);
    await clock.advance(500);
    expect((await Promise.all(all)).filter(({ member }) => member === 'groq')).toHaveLength(1);
    expect(events.filter((event) => event.startsWith('groq is'))).toEqual(['groq is open', 'groq is half-open', 'groq is closed']);
    const later = run();
    await clock.advance(500);
    expect(await later).toMatchObject({ member: 'groq', insteadOf: undefined });
  });

  it('ends everything when the caller leaves, in an attempt or in a pause, and holds it against nobody', async () => {
    for (const answers of [['hang'], [failure('provider_limited', 5)]] as const) {
      const { run, clock, calls, fallback, abandoned } = setUp({ groq: answers, local: ['hi'] });
      const caller = new AbortController();
      const served = run({ signal: caller.signal });
      await clock.advance(1_000);
      const left = failure('cancelled');
      caller.abort(left);
      await expect(served).rejects.toBe(left);
      expect(calls).toEqual(['groq']);
      if (answers[0] === 'hang') {
        expect(abandoned).toEqual(['groq']);
        expect(fallback.states()[0]).toMatchObject({ recentCalls: 0 });
      }
    }
  });

  it('asks nobody for a caller who has left already', async () => {
    const { run, calls } = setUp({ groq: ['hello'] });
    expect(await codeOf(run({ signal: AbortSignal.abort(failure('cancelled')) }))).toBe('cancelled');
    expect(calls).toEqual([]);
  });

  it('asks only whom the caller names', async () => {
    const { run, calls } = setUp({ groq: [down], local: ['hi'], openai: ['hello'] }, { attempts: 1 });
    expect(await codeOf(run({ members: ['groq'] }))).toBe('provider_failed');
    expect(calls).toEqual(['groq']);
  });

  it('of this machine alone is as if there were none: no deadline, no breaker', async () => {
    const { run, clock, fallback } = setUp({ local: [{ afterMs: 200_000, value: 'slow, but here' }] });
    const served = run();
    await clock.advance(200_000);
    expect(await served).toEqual({ member: 'local', insteadOf: undefined, value: 'slow, but here' });
    expect(fallback.states()).toEqual([]);
  });

  it('asks this machine even after failures where nobody comes after it', async () => {
    const { run, calls } = setUp({ groq: [failure('provider_key_refused')], local: [failure('worker_lost')] });
    for (let i = 0; i < 8; i++) await codeOf(run());
    expect(calls.filter((member) => member === 'local')).toHaveLength(8);
  });

  it('gives a part of work that is under way its attempts, in service or not, and leaves the counting to the whole', async () => {
    const { run, calls, clock, fallback } = setUp({ groq: [down, down, down, down, down, down, 'hello'] });
    for (let i = 0; i < 5; i++) await codeOf(run({ members: ['groq'], deadlineMs: 1 }));
    expect(fallback.states()[0]).toMatchObject({ breaker: 'open', consecutiveFailures: 5 });
    const part = run({ members: ['groq'], isPart: true });
    await clock.advance(100);
    expect(await part).toMatchObject({ value: 'hello' });
    expect(calls).toHaveLength(7);
    expect(fallback.states()[0]).toMatchObject({ breaker: 'open', consecutiveFailures: 5 });
  });

  it('keeps one breaker a kind of work', async () => {
    const { fallback, calls, attempt } = setUp({ groq: [failure('provider_key_refused')], local: ['hi'] });
    const { signal } = new AbortController();
    await fallback.run('chat', attempt, { signal });
    await fallback.run('speech', attempt, { signal });
    expect(calls).toEqual(['groq', 'local', 'groq', 'local']);
    fallback.reset('groq');
    expect(fallback.states().filter(({ member, breaker }) => member === 'groq' && breaker === 'closed')).toHaveLength(2);
  });
});

describe('a stream through a chain', () => {
  type Piece = string | { readonly afterMs: number } | AntiphonError;

  function setUpStream(script: Readonly<Record<string, readonly Piece[]>>, changed: Partial<FallbackSettings> = {}) {
    const base = setUp({}, { chain: Object.keys(script), attempts: 1, ...changed });
    const { clock, fallback } = base;
    const ended: string[] = [];
    async function* attempt(member: string, signal: AbortSignal): AsyncGenerator<string> {
      base.calls.push(member);
      try {
        for (const piece of script[member]!) {
          signal.throwIfAborted();
          if (piece instanceof AntiphonError) throw piece;
          if (typeof piece === 'string') yield piece;
          else await clock.sleep(piece.afterMs, signal);
        }
      } finally {
        ended.push(member);
      }
    }
    const open = (options: Partial<FallbackOptions> = {}) => {
      const promise = fallback.stream('chat', attempt, { signal: new AbortController().signal, ...options });
      promise.catch(() => undefined);
      return promise;
    };
    return { ...base, open, ended };
  }

  it('gives all pieces of whoever began first, and the good end counts', async () => {
    const { open, fallback, events } = setUpStream({ groq: [down], local: ['a', 'b', 'c'] });
    const { member, insteadOf, value } = await open();
    expect(await Array.fromAsync(value)).toEqual(['a', 'b', 'c']);
    expect([member, insteadOf]).toEqual(['local', 'groq']);
    expect(fallback.states().find((state) => state.member === 'local')).toMatchObject({ recentCalls: 1, recentFailures: 0 });
    expect(events).toEqual(['groq provider_failed', 'groq → local', 'local ok']);
  });

  it('never begins anew once a piece was given: what fails later rejects, and counts', async () => {
    const { open, calls, fallback } = setUpStream({ groq: ['a', down], local: ['b'] });
    const { value } = await open();
    const heard: string[] = [];
    await expect((async () => { for await (const piece of value) heard.push(piece); })()).rejects.toBe(down);
    expect(heard).toEqual(['a']);
    expect(calls).toEqual(['groq']);
    expect(fallback.states()[0]).toMatchObject({ member: 'groq', recentFailures: 1, consecutiveFailures: 1 });
  });

  it('abandons a member that is too slow to begin, and stops its work', async () => {
    const { open, clock, ended } = setUpStream({ groq: [{ afterMs: 60_000 }, 'late'], local: ['b'] });
    const opened = open();
    await clock.advance(10_000);
    const { member, value } = await opened;
    expect(ended).toEqual(['groq']);
    expect(member).toBe('local');
    expect(await Array.fromAsync(value)).toEqual(['b']);
  });

  it('leaves an answer that has begun all the time it needs', async () => {
    const { open, clock } = setUpStream({ groq: ['a', { afterMs: 100_000 }, 'b'] });
    const { value } = await open();
    const all = Array.fromAsync(value);
    await clock.advance(100_000);
    expect(await all).toEqual(['a', 'b']);
  });

  it.each([true, false])('ends the work of a reader who leaves early, begun to read or not (%s), and learns nothing from it', async (reads) => {
    const { open, ended, fallback } = setUpStream({ groq: ['a', 'b'], local: ['c'] });
    const { value } = await open();
    if (reads) await value.next();
    await value.return(undefined);
    await settle();
    expect(ended).toEqual(['groq']);
    expect(fallback.states()[0]).toMatchObject({ recentCalls: 0 });
  });

  it('ends with the caller, in mid-answer too', async () => {
    const { open, clock, fallback, ended } = setUpStream({ groq: ['a', { afterMs: 5_000 }, 'b'], local: ['c'] });
    const caller = new AbortController();
    const { value } = await open({ signal: caller.signal });
    await value.next();
    const next = value.next();
    next.catch(() => undefined);
    await clock.advance(100);
    caller.abort(failure('cancelled'));
    expect(await codeOf(next)).toBe('cancelled');
    expect(ended).toEqual(['groq']);
    expect(fallback.states()[0]).toMatchObject({ recentCalls: 0, breaker: 'closed' });
  });

  it('takes an empty answer for one', async () => {
    const { open } = setUpStream({ groq: [], local: ['b'] });
    const { member, value } = await open();
    expect([member, await Array.fromAsync(value)]).toEqual(['groq', []]);
  });

  it('lets others in as soon as a probe has begun to answer', async () => {
    const script: Record<string, readonly Piece[]> = { groq: [down], local: ['c'] };
    const { open, clock } = setUpStream(script);
    for (let i = 0; i < 5; i++) await open();
    await clock.advance(30_000);
    script['groq'] = ['a', { afterMs: 60_000 }, 'b'];
    const probe = await open();
    expect([probe.member, (await open()).member]).toEqual(['groq', 'groq']);
  });
});
