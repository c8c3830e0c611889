import { describe, expect, test } from 'vitest';
import { createVirtualClock, settle } from '../../../test/support/virtual-clock.ts';
import type { ChildExit, DecodeChild } from './decode-child.ts';
import { createSpareChildren } from './spare-children.ts';

/** A process that does nothing but live until it is ended. */
function idleChild(): DecodeChild {
  const { promise, resolve } = Promise.withResolvers<ChildExit>();
  let gone = false;
  return {
    pid: -1,
    request: () => { throw new Error('nobody asks it'); },
    frames: (async function* () {})(),
    exited: promise,
    hasExited: () => gone,
    lastWords: () => '',
    async kill() {
      gone = true;
      resolve({ code: null, signal: 'SIGKILL' });
    },
  };
}

function setUp() {
  const clock = createVirtualClock();
  const started: DecodeChild[] = [];
  const closing = new AbortController();
  const start = () => {
    const child = idleChild();
    started.push(child);
    return child;
  };
  const spares = createSpareChildren({ count: 1, start, signal: closing.signal, clock });
  return { clock, spares, started, living: () => started.filter((child) => !child.hasExited()).length, close: () => closing.abort() };
}

describe('a process that stands ready', () => {
  test('starts only once a file has been decoded, and a moment later', async () => {
    const { clock, spares, started } = setUp();
    expect(spares.take()).toBeUndefined();
    const file = idleChild();
    void spares.startBehind(file);
    await clock.advance(500);
    expect(started).toHaveLength(0);
    await file.kill();
    await settle();
    expect(started).toHaveLength(0);
    await clock.advance(100);
    expect(started).toHaveLength(1);
    expect(spares.take()).toBe(started[0]);
    expect(spares.take()).toBeUndefined();
  });

  test('is not held off by a file that is read for long', async () => {
    const { clock, spares, started } = setUp();
    void spares.startBehind(idleChild());
    await clock.advance(1000);
    expect(started).toHaveLength(1);
  });

  test('goes when no file comes for a minute, and one that was taken is left alone', async () => {
    const { clock, spares, started, living } = setUp();
    void spares.startBehind(idleChild());
    await clock.advance(1000);
    await clock.advance(59_000);
    const taken = spares.take();
    await clock.advance(120_000);
    expect(taken?.hasExited()).toBe(false);

    void spares.startBehind(taken!);
    await clock.advance(1000);
    expect(living()).toBe(2);
    await clock.advance(59_999);
    expect(living()).toBe(2);
    await clock.advance(1);
    expect(started[1]!.hasExited()).toBe(true);
    expect(spares.take()).toBeUndefined();
  });

  test('stays one, however many files there are', async () => {
    const { clock, spares, started } = setUp();
    for (let file = 0; file < 5; file++) void spares.startBehind(idleChild());
    await clock.advance(1000);
    expect(started).toHaveLength(1);
  });

  test('that died by itself is not given out, and the next file brings another', async () => {
    const { clock, spares, started } = setUp();
    void spares.startBehind(idleChild());
    await clock.advance(1000);
    await started[0]!.kill();
    await settle();
    expect(spares.take()).toBeUndefined();
    void spares.startBehind(idleChild());
    await clock.advance(1000);
    expect(spares.take()).toBe(started[1]);
  });

  test('does not start any more once all was closed', async () => {
    const { clock, spares, started, close } = setUp();
    void spares.startBehind(idleChild());
    close();
    await clock.advance(2000);
    expect(started).toHaveLength(0);
  });
});
