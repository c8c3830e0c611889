import { describe, expect, it } from 'vitest';
import { createSilentLogger } from '../telemetry/logger.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { ApiKeyUseTable } from '../store/api-key-uses.ts';
import { createKeyUse } from './key-use.ts';

describe('the last use of a key', () => {
  it('is written off the path, once in five minutes, and at the end', async () => {
    const clock = createVirtualClock();
    const written: ApiKeyUseTable[] = [];
    const use = createKeyUse({ uses: { list: async () => [], note: async (rows) => void written.push(...rows) }, clock, now: () => new Date(clock.now()), log: createSilentLogger() });
    const secondsOf = () => written.map(({ key_id: id, last_used_at: at }) => [id, Date.parse(at) / 1000]);

    for (let count = 0; count < 50; count++) use.note('key_a');
    expect(secondsOf()).toEqual([]);
    await clock.advance(1_000);
    expect(secondsOf()).toEqual([['key_a', 0]]);

    await clock.advance(298_000);
    use.note('key_a');
    use.note('key_b');
    await clock.advance(1_000);
    expect(secondsOf()).toEqual([['key_a', 0], ['key_b', 299]]);

    use.note('key_a');
    await use.close();
    expect(secondsOf()).toEqual([['key_a', 0], ['key_b', 299], ['key_a', 300]]);
  });
});
