import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import { AntiphonError } from '../errors.ts';
import { createPrefetch } from './prefetch.ts';
import type { ModelStore } from './store.ts';

/** A store whose sources answer when the test says so. */
function setUp(ids: string[]) {
  const clock = createVirtualClock();
  const world = { here: new Set<string>(), reachable: false, pulls: [] as string[] };
  const store: Pick<ModelStore, 'state' | 'pull'> = {
    state: async (id) => ({ status: world.here.has(id) ? 'ready' : 'absent', bytes: 0, totalBytes: 1 }),
    pull: async (id) => {
      world.pulls.push(id);
      if (!world.reachable) throw new AntiphonError('model_source_unreachable', 'No source answered.');
      world.here.add(id);
    },
  };
  const ready: string[] = [];
  const failures: string[] = [];
  const prefetch = createPrefetch({ store, artefactIds: ids, retryMs: 60_000, clock, onReady: async (id) => { ready.push(id); }, onFailure: (id) => { failures.push(id); } });
  return { clock, world, prefetch, ready, failures };
}

describe('prefetch', () => {
  it('fetches what is missing, leaves what is here alone', async () => {
    const { world, prefetch, ready } = setUp(['a', 'b']);
    world.here.add('a');
    world.reachable = true;
    await prefetch.fetch(['a', 'b']);
    expect(world.pulls).toEqual(['b']);
    expect(ready).toEqual(['b']);
    expect(prefetch.status().map(({ state }) => state)).toEqual(['ready', 'ready']);
  });

  it('keeps trying in the background, says why once, and is ready when a source answers', async () => {
    const { clock, world, prefetch, ready, failures } = setUp(['a']);
    await prefetch.fetch(['a']);
    expect(prefetch.status()).toEqual([{ artefactId: 'a', state: 'failed', reason: 'No source answered.' }]);
    await clock.advance(180_000);
    expect(world.pulls).toHaveLength(4);
    expect(failures).toEqual(['a']);
    world.reachable = true;
    await clock.advance(60_000);
    await settle();
    expect(ready).toEqual(['a']);
    expect(prefetch.status()[0]!.state).toBe('ready');
    await clock.advance(600_000);
    expect(world.pulls).toHaveLength(5);
  });

  it('does not let one that fails hold up the others', async () => {
    const { world, prefetch, ready } = setUp(['a', 'b']);
    world.here.add('b');
    await prefetch.fetch(['a', 'b']);
    expect(ready).toEqual([]);
    expect(prefetch.status().map(({ state }) => state)).toEqual(['failed', 'ready']);
  });

  it('stops trying when it is closed', async () => {
    const { clock, world, prefetch } = setUp(['a']);
    await prefetch.fetch(['a']);
    await prefetch.close();
    await clock.advance(600_000);
    expect(world.pulls).toHaveLength(1);
  });
});
