import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import type { WorkerClient } from './client.ts';
import { createOnDemandWorker } from './on-demand-worker.ts';
import type { SupervisedWorker, WorkerState } from './supervised-worker.ts';

const idleMs = 60_000;

function setUp() {
  const clock = createVirtualClock();
  const lives: { state: WorkerState; restarts: number; closed: boolean }[] = [];
  const worker = createOnDemandWorker({
    id: 'w',
    idleMs,
    clock,
    start: (): SupervisedWorker => {
      const life: (typeof lives)[number] = { state: { name: 'ready', client: {} as WorkerClient, pid: lives.length }, restarts: 0, closed: false };
      lives.push(life);
      return { id: 'w', state: () => life.state, restarts: () => life.restarts, close: async () => { life.closed = true; } };
    },
  });
  const living = () => lives.filter(({ closed }) => !closed).length;
  return { clock, worker, lives, living };
}

describe('a worker on demand', () => {
  it('is not there before anybody needs it', () => {
    const { worker, lives } = setUp();
    expect(lives).toHaveLength(0);
    expect(worker.state().name).toBe('stopped');
    expect(worker.client()).toBeUndefined();
  });

  it('is one for all who use it at once', () => {
    const { worker, lives } = setUp();
    worker.use();
    worker.use();
    expect(lives).toHaveLength(1);
    expect(worker.client()).toBe((lives[0]!.state as { client: WorkerClient }).client);
  });

  it('ends when nobody has used it for the idle time, and not while somebody does', async () => {
    const { clock, worker, living } = setUp();
    const done = worker.use();
    await clock.advance(10 * idleMs);
    expect(living()).toBe(1);
    done();
    await clock.advance(idleMs - 1);
    expect(living()).toBe(1);
    worker.use()();
    await clock.advance(idleMs - 1);
    expect(living()).toBe(1);
    await clock.advance(1);
    expect(living()).toBe(0);
    expect(worker.state().name).toBe('stopped');
  });

  it('counts a use once, however often it is ended', async () => {
    const { clock, worker, living } = setUp();
    const first = worker.use();
    worker.use();
    first();
    first();
    await clock.advance(2 * idleMs);
    expect(living()).toBe(1);
  });

  it('comes back for the next use, and remembers how often it was replaced', async () => {
    const { clock, worker, lives, living } = setUp();
    const done = worker.use();
    lives[0]!.restarts = 2;
    done();
    await clock.advance(idleMs);
    worker.use();
    expect(living()).toBe(1);
    expect(lives).toHaveLength(2);
    expect(worker.restarts()).toBe(2);
  });

  it('ends at once with its owner and leaves no timer', async () => {
    const { clock, worker, lives, living } = setUp();
    worker.use()();
    await worker.close(0);
    await worker.close(0);
    expect(living()).toBe(0);
    await clock.advance(idleMs);
    await settle();
    expect(lives).toHaveLength(1);
  });
});
