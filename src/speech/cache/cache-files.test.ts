import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCacheFiles, type CacheFiles, type KeptSentence } from './cache-files.ts';

let folder: string;
let atMs: number;
let files: CacheFiles;
const shelf = { modelId: 'piper/en_US-joe-medium', voice: 'en_US-joe-medium' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-cache-'));
  atMs = Date.now();
  files = open();
});
afterEach(() => rm(folder, { recursive: true }));

const open = () => createCacheFiles({ folder, now: () => new Date(atMs) });
/** As the workers give it: 16 bits. */
const sentence = (length = 2_000): KeptSentence => ({ samples: Float32Array.from({ length }, (_, i) => ((i * 37) % 30_000) / 32_767), sampleRateHz: 22_050, timings: [{ symbol: 'ə', textStart: 0, textEnd: 3, startSample: 0, endSample: 900 }] });
const keep = (key: string, { on = shelf, forMs = 3_600_000, length = 2_000 }: { on?: typeof shelf & { privateTo?: string }; forMs?: number; length?: number } = {}) => files.write(on, key, { sentence: sentence(length), expiresAt: new Date(atMs + forMs) });
const pathOf = async (key: string) => {
  for (const name of await readdir(folder)) if ((await readdir(join(folder, name))).includes(`${key}.sentence`)) return join(folder, name, `${key}.sentence`);
  throw new Error(`${key} is not here`);
};
const isHit = async (key: string, on: typeof shelf & { privateTo?: string } = shelf) => (await files.read(on, key)).sentence !== undefined;

describe('kept sentences', () => {
  it('come back as they were, to the last bit, from another process too', async () => {
    await keep('a');
    expect(await open().read(shelf, 'a')).toEqual({ sentence: sentence(), isDamaged: false });
    expect(await files.read(shelf, 'b')).toEqual({ sentence: undefined, isDamaged: false });
  });

  it('leave no half-written file behind', async () => {
    await keep('a');
    expect(await readdir(join(folder, (await readdir(folder))[0]!))).toEqual(['a.sentence']);
  });

  it('are over after their time, and gone', async () => {
    await keep('a', { forMs: 1_000 });
    atMs += 999;
    expect(await isHit('a')).toBe(true);
    atMs += 1;
    expect(await isHit('a')).toBe(false);
    expect((await files.stats()).entries).toBe(0);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['cut off', (path) => truncate(path, 1_000)],
    ['empty', (path) => truncate(path, 0)],
    ['changed by one bit', async (path) => {
      const bytes = await readFile(path);
      bytes[bytes.length - 7]! ^= 1;
      await writeFile(path, bytes);
    }],
    ['another\'s under its name', async (path) => {
      await keep('other');
      await writeFile(path, await readFile(await pathOf('other')));
    }],
    ['something else altogether', (path) => writeFile(path, 'nothing of ours\n')],
  ])('one that is %s is no hit, is told, and goes', async (_, damage) => {
    await keep('a');
    await damage(await pathOf('a'));
    expect(await files.read(shelf, 'a')).toEqual({ sentence: undefined, isDamaged: true });
    expect(await files.read(shelf, 'a')).toEqual({ sentence: undefined, isDamaged: false });
  });

  it('make room by what was used least recently, and what has expired goes first', async () => {
    for (const key of ['old', 'used', 'new']) await keep(key);
    await keep('expired', { forMs: 5 });
    for (const [index, key] of ['old', 'used', 'new', 'expired'].entries()) await utimes(await pathOf(key), new Date(atMs - 1e6 + index * 1e5), new Date(atMs - 1e6 + index * 1e5));
    atMs += 1_000;
    await files.read(shelf, 'old');
    const { bytes } = await files.stats();
    // Its use is noted behind the reader's back.
    await expect.poll(async () => {
      const { mtimeMs } = await import('node:fs/promises').then(async ({ stat }) => stat(await pathOf('old')));
      return mtimeMs;
    }).toBeGreaterThan(atMs - 2_000);
    expect(await files.evict(bytes * 0.55)).toBeGreaterThan(0);
    expect(await Promise.all(['old', 'used', 'new'].map((key) => isHit(key)))).toEqual([true, false, true]);
    expect(files.bytes()).toBe((await files.stats()).bytes);
  });

  it('are removed voice by voice, blends with it too, and told by voice', async () => {
    await keep('a');
    await keep('b', { on: { modelId: 'kokoro', voice: 'af_heart' } });
    await keep('c', { on: { modelId: 'kokoro', voice: 'af_heart:0.6+am_adam:0.4' } });
    await keep('d', { on: { modelId: 'kokoro', voice: 'am_adam' } });
    expect((await files.stats()).voices.map((voice) => voice.shelf).toSorted()).toEqual(['kokoro@af_heart', 'kokoro@af_heart:0.6+am_adam:0.4', 'kokoro@am_adam', 'piper/en_US-joe-medium@en_US-joe-medium']);
    expect(await files.clear('af_heart')).toMatchObject({ entries: 2 });
    expect((await files.stats()).entries).toBe(2);
    expect(await files.clear()).toMatchObject({ entries: 2 });
  });

  it('of somebody\'s own voice lie apart from everybody else\'s', async () => {
    await keep('a', { on: { ...shelf, privateTo: 'anna' } });
    expect([await isHit('a'), await isHit('a', { ...shelf, privateTo: 'ben' }), await isHit('a', { ...shelf, privateTo: 'anna' })]).toEqual([false, false, true]);
  });
});
