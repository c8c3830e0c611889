import { describe, expect, it } from 'vitest';
import { createSpool } from './spool.ts';

describe('a spool', () => {
  it('gives every reader all of it, whenever it comes', async () => {
    const spool = createSpool<number>();
    spool.push(1);
    const early = Array.fromAsync(spool.read());
    spool.push(2);
    const late = Array.fromAsync(spool.read());
    spool.push(3);
    spool.end();
    expect(await Promise.all([early, late, Array.fromAsync(spool.read())])).toEqual([[1, 2, 3], [1, 2, 3], [1, 2, 3]]);
  });

  it('fails behind what there was', async () => {
    const spool = createSpool<number>();
    spool.push(1);
    spool.fail(new Error('broken'));
    const reader = spool.read();
    expect((await reader.next()).value).toBe(1);
    await expect(reader.next()).rejects.toThrow('broken');
  });
});
