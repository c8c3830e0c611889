import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFlights } from './flights.ts';

const never = new AbortController().signal;

/** Work that gives numbers when it is told to. */
function scripted() {
  let begun = 0;
  let stopped = 0;
  return {
    begun: () => begun,
    stopped: () => stopped,
    work: (count: number, failure?: Error) => async function* (stop: AbortSignal) {
      begun++;
      stop.addEventListener('abort', () => { stopped++; });
      for (let item = 0; item < count; item++) yield item;
      if (failure !== undefined) throw failure;
    },
  };
}

const joinTo = (flights: ReturnType<typeof createFlights<number>>, work: (stop: AbortSignal) => AsyncGenerator<number>, { signal = never, joined = () => {} } = {}) => flights.join('same', work, signal, joined);

describe('work that several want at once', () => {
  it('is done once, and everybody gets all of it', async () => {
    const flights = createFlights<number>();
    const { work, begun } = scripted();
    let joined = 0;
    const all = await Promise.all([0, 1, 2].map(() => Array.fromAsync(joinTo(flights, work(4), { joined: () => { joined++; } }))));
    expect(all).toEqual([[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]]);
    expect([begun(), joined]).toEqual([1, 2]);
  });

  it('whoever comes later begins with what there is, and whoever comes after the end begins anew', async () => {
    const flights = createFlights<number>();
    const { work, begun } = scripted();
    const first = joinTo(flights, work(3));
    await first.next();
    await first.next();
    expect(await Array.fromAsync(joinTo(flights, work(3)))).toEqual([0, 1, 2]);
    expect(await Array.fromAsync(first)).toEqual([2]);
    await Array.fromAsync(joinTo(flights, work(3)));
    expect(begun()).toBe(2);
  });

  it('goes on for the others when he who began it leaves, and ends when the last one does', async () => {
    const flights = createFlights<number>();
    const { work, begun, stopped } = scripted();
    const leaver = new AbortController();
    const first = joinTo(flights, work(3), { signal: leaver.signal });
    const second = joinTo(flights, work(3));
    await first.next();
    await second.next();
    leaver.abort(new Error('left'));
    await expect(first.next()).rejects.toThrow('left');
    expect(stopped()).toBe(0);
    expect((await second.next()).value).toBe(1);
    await second.return(undefined);
    expect([begun(), stopped()]).toEqual([1, 1]);
  });

  it('one who waits leaves at once, though the work does not move', async () => {
    const flights = createFlights<number>();
    const leaver = new AbortController();
    const stuck = joinTo(flights, async function* () { await new Promise(() => {}); yield 1; }, { signal: leaver.signal });
    const waiting = stuck.next();
    await delay(1);
    leaver.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
  });

  it('a failure is everybody\'s, behind what was there before it, and is not kept', async () => {
    const flights = createFlights<number>();
    const { work, begun } = scripted();
    const readers = [0, 1].map(() => joinTo(flights, work(1, new Error('broken'))));
    for (const reader of readers) expect((await reader.next()).value).toBe(0);
    for (const reader of readers) await expect(reader.next()).rejects.toThrow('broken');
    await Array.fromAsync(joinTo(flights, work(1)));
    expect(begun()).toBe(2);
  });
});
