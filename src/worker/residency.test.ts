import { describe, expect, it } from 'vitest';
import { createFakeSpeechEngine } from '../engines/conformance/fake-speech-engine.ts';
import { createMemoryBudget } from './memory-budget.ts';
import { createResidency } from './residency.ts';

const quiet = new AbortController().signal;

function setUp(limitBytes: number) {
  const engine = createFakeSpeechEngine({ modelIds: ['a', 'b', 'c'], residentBytes: 100 });
  const budget = createMemoryBudget(limitBytes);
  const residency = createResidency({ engines: [engine], budget });
  const use = async (id: string) => (await residency.acquire(id, quiet)).release();
  const loaded = async () => (await residency.list()).filter((one) => one.loaded).map(({ info }) => info.id);
  return { engine, budget, residency, use, loaded };
}

describe('residency', () => {
  it('loads a model once for everybody who asks at the same time', async () => {
    const { residency, budget } = setUp(1_000);
    const leases = await Promise.all([1, 2, 3].map(() => residency.acquire('a', quiet)));
    expect(new Set(leases.map(({ model }) => model)).size).toBe(1);
    expect(budget.residentBytes()).toBe(100);
  });

  it('lets the least recently used go first when the limit is reached', async () => {
    const { use, loaded } = setUp(200);
    for (const id of ['a', 'b', 'a', 'c']) await use(id);
    expect(await loaded()).toEqual(['a', 'c']);
  });

  it('never unloads what is in use, even over the limit', async () => {
    const { residency, use, loaded } = setUp(100);
    const held = await residency.acquire('a', quiet);
    await use('b');
    expect(await loaded()).toContain('a');
    held.release();
    await use('c');
    expect(await loaded()).not.toContain('a');
  });

  it('closes a model that was unloaded in use when its last user is done', async () => {
    const { engine, residency } = setUp(1_000);
    const [first, second] = [await residency.acquire('a', quiet), await residency.acquire('a', quiet)];
    expect(await residency.unload('a')).toBe(true);
    first.release();
    first.release();
    expect(engine.loadedModels()).toEqual(['a']);
    second.release();
    await new Promise((resolve) => { setImmediate(resolve); });
    expect(engine.loadedModels()).toEqual([]);
  });

  it('says what it does not know and what was not loaded', async () => {
    const { residency } = setUp(1_000);
    await expect(residency.acquire('nobody', quiet)).rejects.toMatchObject({ code: 'model_unknown' });
    expect(await residency.unload('a')).toBe(false);
  });
});
