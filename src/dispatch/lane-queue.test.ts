import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { createLaneQueue, type Place, type WorkLane } from './lane-queue.ts';

const everywhere = (_lane: WorkLane): boolean => true;

function setUp() {
  const clock = createVirtualClock();
  const queue = createLaneQueue<string>({ weights: { priority: 4, free: 1, jobs: 0.02 }, now: clock.now });
  const add = (name: string, place: Partial<Place> = {}) => queue.add(name, { lane: 'free', asker: 'somebody', opens: true, deadlineMs: clock.now(), costSeconds: 0.3, ...place });
  const takeAll = (hasRoom = everywhere) => {
    const taken: string[] = [];
    for (let item = queue.take(hasRoom); item !== undefined; item = queue.take(hasRoom)) taken.push(item);
    return taken;
  };
  return { clock, queue, add, takeAll };
}

describe('the queue of a pool', () => {
  it('lets the priority lane go first, and jobs last', () => {
    const { add, takeAll } = setUp();
    add('job', { lane: 'jobs' });
    add('free');
    add('priority', { lane: 'priority' });
    expect(takeAll()).toEqual(['priority', 'free', 'job']);
  });

  it('gives each lane its weight where both have more than can be served', () => {
    const { queue, add } = setUp();
    const count = { priority: 0, free: 0 };
    for (let index = 0; index < 100; index++) {
      add('priority', { lane: 'priority' });
      add('free');
    }
    for (let index = 0; index < 100; index++) count[queue.take(everywhere) as keyof typeof count]++;
    expect(count.priority).toBeGreaterThan(76);
    expect(count.priority).toBeLessThan(84);
  });

  it('passes over a lane that has no room', () => {
    const { add, takeAll } = setUp();
    add('free');
    add('priority', { lane: 'priority' });
    expect(takeAll((lane) => lane === 'priority')).toEqual(['priority']);
  });

  it('serves who has not begun in the order of arrival', () => {
    const { add, takeAll } = setUp();
    for (const name of ['first', 'second', 'third']) add(name, { asker: name });
    expect(takeAll()).toEqual(['first', 'second', 'third']);
  });

  it('serves the newest first once somebody has waited for long', async () => {
    const { clock, add, takeAll } = setUp();
    add('first', { asker: 'first' });
    await clock.advance(1_600);
    add('second', { asker: 'second' });
    await clock.advance(10);
    add('third', { asker: 'third' });
    expect(takeAll()).toEqual(['third', 'second', 'first']);
  });

  it('lets nobody fall silent for somebody who only begins, nor anybody wait for one who has plenty', () => {
    const { add, takeAll } = setUp();
    add('has plenty', { opens: false, deadlineMs: 9_000 });
    add('begins');
    add('runs dry', { opens: false, deadlineMs: 400 });
    expect(takeAll()).toEqual(['runs dry', 'begins', 'has plenty']);
  });

  it('does not let one who asks a hundred times go before one who asks once', () => {
    const { add, takeAll } = setUp();
    for (let index = 0; index < 100; index++) add('greedy', { asker: 'greedy' });
    add('modest', { asker: 'modest' });
    expect(takeAll().indexOf('modest')).toBeLessThanOrEqual(2);
  });

  it('counts what somebody has had by its cost: a novel is not a greeting', () => {
    const { add, takeAll } = setUp();
    for (let index = 0; index < 20; index++) {
      add('novel', { asker: 'novelist', costSeconds: 3 });
      add('greeting', { asker: 'greeter', costSeconds: 0.1 });
    }
    expect(takeAll().slice(0, 20).filter((name) => name === 'novel').length).toBeLessThanOrEqual(2);
  });

  it('gains nobody anything to come under a new name', () => {
    const { queue, add } = setUp();
    for (let index = 0; index < 10; index++) add('known', { asker: 'known' });
    const taken: (string | undefined)[] = [];
    for (let index = 0; index < 10; index++) {
      add('new', { asker: `name ${index}` });
      taken.push(queue.take(everywhere), queue.take(everywhere));
    }
    expect(taken.filter((name) => name === 'known').length).toBeGreaterThanOrEqual(5);
  });

  it('forgets who leaves, and tells what waits', () => {
    const { queue, add, takeAll } = setUp();
    const place = add('leaves', { costSeconds: 2 });
    add('goes on', { opens: false });
    expect([queue.size(), queue.waitingToBegin('free'), queue.waitingToBegin('priority'), queue.costSeconds('free')]).toEqual([2, 1, 0, 2.3]);
    place.remove();
    place.remove();
    expect(takeAll()).toEqual(['goes on']);
    expect([queue.size(), queue.waitingToBegin('free'), queue.costSeconds('free')]).toEqual([0, 0, 0]);
  });
});
