import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dayKey, readMarkSecrets } from './mark-secrets.ts';

let folder: string;
let path: string;
const now = () => new Date('2026-12-01T08:00:00Z');
const read = ({ hasMarks = false } = {}) => readMarkSecrets({ path, now, hasMarks: async () => hasMarks });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antiphon-secrets-'));
  path = join(folder, 'secrets', 'watermark.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the secrets of marks', () => {
  it('are made once, for this user\'s eyes only, whoever comes first', async () => {
    const several = await Promise.all([read(), read(), read()].map((one) => one.catch(() => undefined)));
    const kept = await read();
    expect(kept).toHaveLength(1);
    expect(kept[0]!.secret).toHaveLength(32);
    for (const one of several) if (one !== undefined) expect(one).toEqual(kept);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700);
  });

  it('are not made anew where marks were made with those that are gone', async () => {
    await expect(read({ hasMarks: true })).rejects.toMatchObject({ code: 'mark_unavailable', message: expect.stringContaining('put it back from a backup') });
  });

  it.each(['', '{}', '{"keys":[]}', '{"keys":[{"id":"a","createdAt":"","secret":"short"}]}'])('that are damaged (%s) are a fault, never replaced, and never shown', async (text) => {
    await read();
    await writeFile(path, text);
    await expect(read()).rejects.toMatchObject({ code: 'mark_unavailable', message: expect.stringContaining('damaged') });
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('that cannot be read are a fault', async () => {
    // Whoever is root may read any file, but nobody a folder.
    await mkdir(path, { recursive: true });
    await expect(read()).rejects.toMatchObject({ code: 'mark_unavailable', message: expect.stringContaining('cannot be read') });
  });

  it('give every day a key of its own', async () => {
    const [secret] = await read();
    const keys = ['2026-12-01', '2026-12-02'].map((day) => Buffer.from(dayKey(secret!, day)).toString('hex'));
    expect(new Set([...keys, Buffer.from(secret!.secret).toString('hex')]).size).toBe(3);
    expect(Buffer.from(dayKey(secret!, '2026-12-01')).toString('hex')).toBe(keys[0]);
  });
});
