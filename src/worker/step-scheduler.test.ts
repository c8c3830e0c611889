import { describe, expect, it } from 'vitest';
import type { Listener } from '../engines/kinds.ts';
import { createStepScheduler, type ScheduledStream } from './step-scheduler.ts';

type Step = { readonly name: string; readonly audioMs: number };

/** A machine on which every step takes `stepMs`, and a record of who was given each. */
function bench(stepMs: number) {
  let nowMs = 0;
  const given: string[] = [];
  const scheduler = createStepScheduler({ now: () => nowMs, breathe: () => Promise.resolve() });

  function stream(name: string, steps: number, more: Partial<ScheduledStream<Step>> & { audioMs?: number } = {}): ScheduledStream<Step> & { delivered: Step[] } {
    const delivered: Step[] = [];
    async function* source(): AsyncGenerator<Step> {
      for (let i = 0; i < steps; i++) {
        nowMs += stepMs;
        given.push(name);
        yield { name, audioMs: more.audioMs ?? 300 };
      }
    }
    return { deadlineMs: 0, costName: 'model', source, signal: new AbortController().signal, durationMs: ({ audioMs }) => audioMs, deliver: (step) => void delivered.push(step), delivered, ...more };
  }
  return { scheduler, stream, given, pass: (durationMs: number) => { nowMs += durationMs; } };
}

describe('step scheduler', () => {
  it('gives a stream that has not begun to speak the step before one that is ahead of its listener', async () => {
    const { scheduler, stream, given } = bench(50);
    await Promise.all([scheduler.run(stream('long', 4)), scheduler.run(stream('late', 1, { deadlineMs: 10 }))]);
    expect(given.slice(0, 2)).toEqual(['long', 'late']);
    expect(given.slice(2)).toEqual(['long', 'long', 'long']);
  });

  it('lets sixteen streams that begin together all speak before any of them continues', async () => {
    const { scheduler, stream, given } = bench(20);
    await Promise.all(Array.from({ length: 16 }, (_, i) => scheduler.run(stream(`s${i}`, 3, { audioMs: 2_000 }))));
    expect(new Set(given.slice(0, 16)).size).toBe(16);
  });

  it('does not let a listener fall silent for one who still waits', async () => {
    const { scheduler, stream, given } = bench(100);
    await Promise.all(Array.from({ length: 8 }, (_, i) => scheduler.run(stream(`s${i}`, 4, { audioMs: 400 }))));
    // s0 speaks at 100 ms and is dry at 500: its second step must come before that, although others have not begun.
    const second = given.indexOf('s0', 1);
    expect(second).toBeLessThanOrEqual(4);
    expect(given.indexOf('s7')).toBeGreaterThan(second);
  });

  it('treats the next sentence of a running text as begun, not as a new listener', async () => {
    const { scheduler, stream, given } = bench(50);
    const busy = scheduler.run(stream('busy', 1));
    await Promise.all([busy, scheduler.run(stream('second sentence', 1, { deadlineMs: 3_000 })), scheduler.run(stream('a', 1)), scheduler.run(stream('b', 1))]);
    expect(given).toEqual(['busy', 'a', 'b', 'second sentence']);
  });

  it('serves first whoever runs dry first', async () => {
    const { scheduler, stream, given } = bench(10);
    await Promise.all([scheduler.run(stream('rich', 3, { audioMs: 5_000 })), scheduler.run(stream('poor', 3, { audioMs: 100 }))]);
    expect(given).toEqual(['rich', 'poor', 'poor', 'poor', 'rich', 'rich']);
  });

  it('leaves a stream alone while its reader is slow, and runs the others meanwhile', async () => {
    const { scheduler, stream, given } = bench(10);
    const gate = Promise.withResolvers<void>();
    const slow = scheduler.run(stream('slow', 2, { deliver: () => gate.promise }));
    await scheduler.run(stream('quick', 3));
    expect(given).toEqual(['slow', 'quick', 'quick', 'quick']);
    gate.resolve();
    await slow;
    expect(given.at(-1)).toBe('slow');
  });

  it('ends an aborted stream with the signal\'s reason and gives it no further step', async () => {
    const { scheduler, stream, given } = bench(10);
    const abort = new AbortController();
    const reason = new Error('left');
    const running = scheduler.run(stream('gone', 50, { signal: abort.signal, deliver: () => abort.abort(reason) }));
    await expect(running).rejects.toBe(reason);
    await scheduler.run(stream('next', 2));
    expect(given).toEqual(['gone', 'next', 'next']);
    expect(scheduler.activeStreams()).toBe(0);
  });

  it('holds a paused stream until it is woken', async () => {
    const { scheduler, stream, given } = bench(10);
    let paused = true;
    const held = scheduler.run(stream('held', 1, { isPaused: () => paused }));
    await scheduler.run(stream('other', 1));
    expect(given).toEqual(['other']);
    paused = false;
    scheduler.wake();
    await held;
    expect(given).toEqual(['other', 'held']);
  });

  it('keeps a source\'s failure to its own stream', async () => {
    const { scheduler, stream } = bench(10);
    const failing = { next: () => Promise.reject(new Error('broken model')) };
    const other = stream('fine', 3);
    const results = await Promise.allSettled([scheduler.run({ ...stream('bad', 0), source: () => failing }), scheduler.run(other)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(other.delivered).toHaveLength(3);
  });

  it('gives an answer that is due sooner all its steps before a later one, though that has begun', async () => {
    const { scheduler, stream, given } = bench(50);
    const lecture = scheduler.run(stream('lecture', 6, { deadlineMs: 60_000, isAnswer: true, audioMs: 0 }));
    await Promise.all([lecture, scheduler.run(stream('sentence', 3, { deadlineMs: 1_000, isAnswer: true, audioMs: 0 }))]);
    expect(given).toEqual(['lecture', ...Array<string>(3).fill('sentence'), ...Array<string>(5).fill('lecture')]);
  });

  it('lets who waits to hear go before an answer that is not due, and an answer before one who has plenty', async () => {
    const { scheduler, stream, given } = bench(50);
    await Promise.all([
      scheduler.run(stream('lecture', 4, { deadlineMs: 60_000, isAnswer: true, audioMs: 0 })),
      scheduler.run(stream('speech', 3, { audioMs: 5_000 })),
    ]);
    expect(given).toEqual(['lecture', 'speech', 'lecture', 'lecture', 'lecture', 'speech', 'speech']);
  });

  it('does not let a listener fall silent for an answer', async () => {
    const { scheduler, stream, given } = bench(100);
    await Promise.all([
      scheduler.run(stream('speech', 6, { audioMs: 250 })),
      scheduler.run(stream('answer', 6, { deadlineMs: 0, isAnswer: true, audioMs: 0 })),
    ]);
    expect(new Set(given)).toEqual(new Set(['speech', 'answer']));
    const endedMs = given.flatMap((name, step) => (name === 'speech' ? [(step + 1) * 100] : []));
    const [firstMs = 0] = endedMs;
    // Each 250 ms of sound is there before those before it have been played.
    expect(endedMs.filter((atMs, i) => atMs > firstMs + i * 250)).toEqual([]);
  });

  it('tells a stream how much its listener has, what is held for him included', async () => {
    const { scheduler, stream } = bench(100);
    const told: number[] = [];
    async function* watching(listener: Listener): AsyncGenerator<Step> {
      for (let i = 0; i < 4; i++) {
        told.push(listener.aheadMs());
        yield* stream('watched', 1, { audioMs: 400 }).source(listener) as AsyncGenerator<Step>;
      }
    }
    let delivered = 0;
    await scheduler.run({ ...stream('watched', 0), source: watching, isHeld: () => delivered < 1, deliver: () => void delivered++ });
    // Nothing; 400 ms that are held; 800 that he has just been given; those without the 100 that the third step took.
    expect(told).toEqual([0, 400, 800, 1_100]);
  });

  it('leaves one whose sound is still held with those who wait', async () => {
    const { scheduler, stream, given } = bench(100);
    await Promise.all([
      scheduler.run(stream('held', 3, { audioMs: 250, isHeld: () => given.filter((name) => name === 'held').length < 3 })),
      scheduler.run(stream('speech', 4, { audioMs: 250 })),
    ]);
    const endedMs = given.flatMap((name, step) => (name === 'speech' ? [(step + 1) * 100] : []));
    expect(endedMs.filter((atMs, i) => atMs > endedMs[0]! + i * 250)).toEqual([]);
  });

  it('tells how long the others can wait, and how many take turns', async () => {
    const { scheduler, stream } = bench(100);
    const told: [number, number][] = [];
    const speech = scheduler.run(stream('speech', 2, { audioMs: 1_000 }));
    async function* watching(listener: Listener): AsyncGenerator<Step> {
      told.push([listener.othersWaitMs(), listener.turns()]);
      yield* stream('watched', 1).source(listener) as AsyncGenerator<Step>;
    }
    await Promise.all([speech, scheduler.run({ ...stream('watched', 0), source: watching })]);
    // It has 1,000 ms, of which its own next step needs 100.
    expect(told).toEqual([[900, 2]]);
  });

  describe('with lanes', () => {
    it('gives the heavier lane its steps before anybody of a lighter one, who has begun or not', async () => {
      const { scheduler, stream, given } = bench(50);
      const light = [scheduler.run(stream('speaks', 6, { laneWeight: 1, audioMs: 60 })), scheduler.run(stream('begins', 1, { laneWeight: 1 }))];
      const heavy = scheduler.run(stream('heavy', 4, { laneWeight: 4 }));
      await Promise.all([...light, heavy]);
      expect(given.slice(0, 5)).toEqual(['speaks', 'heavy', 'heavy', 'heavy', 'heavy']);
    });

    it('lets the lighter lane have its share of a long run', async () => {
      const { scheduler, stream, given } = bench(100);
      await Promise.all([scheduler.run(stream('heavy', 400, { laneWeight: 4, audioMs: 10 })), scheduler.run(stream('light', 400, { laneWeight: 1, audioMs: 10 }))]);
      const share = given.slice(0, 300).filter((name) => name === 'light').length / 300;
      expect(share).toBeGreaterThan(0.15);
      expect(share).toBeLessThan(0.25);
    });
  });
});
