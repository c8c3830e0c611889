import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import type { ModelInfo } from '../worker/protocol.ts';
import { createVoiceCatalog } from './voice-catalog.ts';

const info = (id: string): ModelInfo => ({ model_id: id, engine: id, voices: ['v'], languages: ['en'], sample_rate: 16_000, file_bytes: 1, loaded: false, resident_bytes: 0, execution_provider: '', voice_details: [{ id: 'v', name: 'V', language: 'en', gender: 'unknown' }], changes_pitch: true, tells_timings: false, takes_pronunciations: false, revision: '1' });

/** Workers that answer with whatever `here` holds, or not at all; how often they were asked is counted. */
function workers() {
  const state = { here: [] as string[], down: false, asked: 0 };
  const listModels = (): Promise<ModelInfo[]> => {
    state.asked++;
    if (state.down) throw new Error('no worker');
    return Promise.resolve(state.here.map(info));
  };
  return { state, listModels };
}

describe('voice catalog', () => {
  it('recovers from workers that were not there when it was first asked', async () => {
    const { state, listModels } = workers();
    const catalog = createVoiceCatalog({ listModels, clock: createVirtualClock() });
    state.down = true;
    expect(await catalog.models()).toEqual([]);
    state.down = false;
    state.here = ['flite'];
    expect((await catalog.models()).map(({ modelId }) => modelId)).toEqual(['flite']);
  });

  it('keeps what it knew while no worker answers', async () => {
    const { state, listModels } = workers();
    const clock = createVirtualClock();
    const catalog = createVoiceCatalog({ listModels, clock });
    state.here = ['flite'];
    await catalog.models();
    state.down = true;
    await clock.advance(60_000);
    expect(await catalog.models()).toHaveLength(1);
  });

  it('gives the old list at once and a new one soon after', async () => {
    const { state, listModels } = workers();
    const clock = createVirtualClock();
    const catalog = createVoiceCatalog({ listModels, clock });
    state.here = ['flite'];
    await catalog.models();
    state.here = ['flite', 'kokoro'];
    await clock.advance(6_000);
    expect(await catalog.models()).toHaveLength(1);
    await settle();
    expect(await catalog.models()).toHaveLength(2);
  });

  it('sees a voice that was just dropped in, but does not let a caller make it read the disk all the time', async () => {
    const { state, listModels } = workers();
    const clock = createVirtualClock();
    const catalog = createVoiceCatalog({ listModels, clock });
    state.here = ['flite'];
    await catalog.refreshForCaller();
    state.here = ['flite', 'mine'];
    for (let i = 0; i < 50; i++) await catalog.refreshForCaller();
    expect(state.asked).toBe(1);
    await clock.advance(501);
    expect(await catalog.refreshForCaller()).toHaveLength(2);
  });

  it('knows of a model that has just come, however lately it was asked', async () => {
    const { state, listModels } = workers();
    const catalog = createVoiceCatalog({ listModels, clock: createVirtualClock() });
    state.here = ['flite'];
    await catalog.models();
    state.here = ['flite', 'piper'];
    expect(await catalog.refresh()).toHaveLength(2);
  });
});
