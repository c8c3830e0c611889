import { describe, expect, test } from 'vitest';
import { settle } from '../../test/support/virtual-clock.ts';
import { readAhead } from './read-ahead.ts';

/** Chunks of ten samples that are there at once, counted from 0; tells how many were asked for and whether it was let go. */
function recording(chunks: number, failure?: Error) {
  const told = { read: 0, left: false };
  async function* read(): AsyncGenerator<Float32Array> {
    try {
      for (let chunk = 0; chunk < chunks; chunk++) {
        told.read++;
        yield Float32Array.from({ length: 10 }, (_, i) => 10 * chunk + i);
      }
      if (failure !== undefined) throw failure;
    } finally {
      told.left = true;
    }
  }
  return { audio: read(), told };
}

const upTo = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('sound that is read ahead', () => {
  test('is read on while the last of it is looked at, and then comes in one chunk', async () => {
    const { audio, told } = recording(8);
    const ahead = readAhead(audio, { maxSamples: 1000 });
    const first = (await ahead.next()).value as Float32Array;
    await settle();
    expect(told.read).toBe(8);
    const rest = (await ahead.next()).value as Float32Array;
    expect([...first, ...rest]).toEqual(upTo(80));
    expect((await ahead.next()).done).toBe(true);
    expect(told.left).toBe(true);
  });

  test('is read no further than it may hold', async () => {
    const { audio, told } = recording(100);
    const ahead = readAhead(audio, { maxSamples: 25 });
    await ahead.next();
    const before = told.read;
    await settle();
    expect(told.read).toBeLessThanOrEqual(before + 3);
    const { value } = await ahead.next();
    expect((value as Float32Array).length).toBeLessThanOrEqual(30);
    await ahead.return(undefined);
  });

  test('fails behind what came before it failed', async () => {
    const { audio } = recording(3, new Error('damaged'));
    const heard: number[] = [];
    const reading = (async () => { for await (const chunk of readAhead(audio, { maxSamples: 1000 })) heard.push(...chunk); })();
    await expect(reading).rejects.toThrow('damaged');
    expect(heard).toEqual(upTo(30));
  });

  test('is let go by a reader that leaves, and read no further', async () => {
    const { audio, told } = recording(100);
    for await (const _ of readAhead(audio, { maxSamples: 20 })) break;
    await settle();
    const { read } = told;
    await settle();
    expect(told).toEqual({ read, left: true });
  });

  test('does not hold a reader that leaves until sound comes', async () => {
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<Float32Array>>(() => undefined), return: () => new Promise<IteratorResult<Float32Array>>(() => undefined) }) };
    let at = 0;
    const audio = { [Symbol.asyncIterator]: () => ({ ...never[Symbol.asyncIterator](), next: () => (at++ === 0 ? Promise.resolve({ done: false as const, value: new Float32Array(10) }) : never[Symbol.asyncIterator]().next()) }) };
    for await (const _ of readAhead(audio, { maxSamples: 1000 })) break;
    expect(at).toBe(2);
  });
});
