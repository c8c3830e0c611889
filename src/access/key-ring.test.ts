import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApiKeyUses } from '../store/api-key-uses.ts';
import { createApiKeys } from '../store/api-keys.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { openRevisions, type Revisions } from '../store/live-snapshot.ts';
import { createUsers } from '../store/users.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';

const hourMs = 3_600_000;
let dataDir: string;
let now: Date;
let opened: { readonly database: Database; readonly revisions: Revisions }[];
let ring: KeyRing;

/** As another process has it. */
async function open(): Promise<KeyRing> {
  const database = await openDatabase({ dataDir });
  const revisions = openRevisions({ dataDir });
  opened.push({ database, revisions });
  return createKeyRing({ users: createUsers(database), keys: createApiKeys(database), uses: createApiKeyUses(database), revisions, plans: ['free', 'pro'], now: () => now });
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'antiphon-keys-'));
  now = new Date('2026-12-01T12:00:00Z');
  opened = [];
  ring = await open();
  await ring.createUser({ name: 'anna', role: 'user' });
});
afterEach(async () => {
  for (const { database, revisions } of opened) {
    revisions.close();
    await database.destroy();
  }
  await rm(dataDir, { recursive: true, force: true });
});

const anna = { userName: 'anna', plan: 'pro', label: 'laptop' };

describe('a key', () => {
  it('is found by what it is, and kept as a digest only', async () => {
    const { key, entry } = await ring.create(anna);
    expect(key).toMatch(/^ant_[\w-]{43}$/);
    expect(await ring.find(key)).toEqual(entry);
    expect(await ring.find(`${key}x`)).toBeUndefined();
    const rows = JSON.stringify(await createApiKeys(opened[0]!.database).list({}));
    expect(rows).not.toContain(key);
    expect(rows).toContain('"preview":"ant_');
  });

  it('is another one every time', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => ring.create(anna)));
    expect(new Set(made.map(({ key }) => key)).size).toBe(20);
  });

  it('that another process makes or revokes is right at the next look', async () => {
    const other = await open();
    const { key, entry } = await other.create(anna);
    expect((await ring.find(key))?.state).toBe('active');
    await other.revoke(entry.id);
    expect((await ring.find(key))?.state).toBe('revoked');
  });

  it('goes on working for a while when it is rotated, and its successor at once', async () => {
    const { key, entry } = await ring.create(anna);
    const next = await ring.rotate(entry.id, 24 * hourMs);
    expect(next.entry).toMatchObject({ plan: 'pro', label: 'laptop', state: 'active', user: { name: 'anna' } });
    expect(await ring.find(key)).toMatchObject({ state: 'expiring', replacedBy: next.entry.id });
    now = new Date(now.getTime() + 24 * hourMs);
    expect((await ring.find(key))?.state).toBe('expired');
    expect((await ring.find(next.key))?.state).toBe('active');
    await expect(ring.rotate(entry.id, hourMs)).rejects.toMatchObject({ code: 'input_invalid', param: 'id' });
  });

  it('is listed with its last use, of which no later word is taken back', async () => {
    const { entry } = await ring.create(anna);
    expect(await ring.list()).toMatchObject([{ id: entry.id, lastUsedAt: undefined }]);
    const uses = createApiKeyUses(opened[0]!.database);
    await uses.note([{ key_id: entry.id, last_used_at: '2026-12-01T12:10:00.000Z' }]);
    await uses.note([{ key_id: entry.id, last_used_at: '2026-12-01T12:05:00.000Z' }]);
    expect(await ring.list()).toMatchObject([{ id: entry.id, lastUsedAt: '2026-12-01T12:10:00.000Z' }]);
  });

  it('lasts no longer for being rotated', async () => {
    const { key, entry } = await ring.create({ ...anna, days: 1 });
    const next = await ring.rotate(entry.id, 48 * hourMs);
    now = new Date(now.getTime() + 24 * hourMs);
    expect([(await ring.find(key))?.state, (await ring.find(next.key))?.state]).toEqual(['expired', 'expired']);
  });

  it('works no more when its user is disabled, and again when he is back', async () => {
    const { key } = await ring.create(anna);
    await ring.disableUser('anna', true);
    expect((await ring.find(key))?.state).toBe('revoked');
    await ring.disableUser('anna', false);
    expect((await ring.find(key))?.state).toBe('active');
  });

  it('is not made for nobody, for no plan, or for no time', async () => {
    await expect(ring.create({ ...anna, userName: 'bert' })).rejects.toMatchObject({ code: 'input_invalid', param: 'user' });
    await expect(ring.create({ ...anna, plan: 'gold' })).rejects.toMatchObject({ code: 'input_invalid', param: 'plan', message: expect.stringContaining('free, pro') });
    await expect(ring.create({ ...anna, days: 0 })).rejects.toMatchObject({ code: 'input_invalid', param: 'days' });
    await expect(ring.revoke('key_nowhere')).rejects.toMatchObject({ code: 'key_unknown' });
  });
});

describe('users', () => {
  it('have names of their own, in any script', async () => {
    await expect(ring.createUser({ name: 'anna', role: 'user' })).rejects.toMatchObject({ code: 'input_invalid', param: 'name' });
    for (const name of ['', ' x', 'a\nb', 'x'.repeat(101)]) await expect(ring.createUser({ name, role: 'user' })).rejects.toMatchObject({ param: 'name' });
    await ring.createUser({ name: 'Žofie Nováková', role: 'operator' });
    expect((await ring.users()).map(({ name }) => name)).toContain('Žofie Nováková');
  });

  it('open the house to their role only with a key that works', async () => {
    await ring.createUser({ name: 'me', role: 'owner' });
    expect(await ring.hasKeyOf('owner')).toBe(false);
    const { entry } = await ring.create({ userName: 'me', plan: 'pro', label: '' });
    expect([await ring.hasKeyOf('owner'), await ring.hasKeyOf('user')]).toEqual([true, true]);
    await ring.revoke(entry.id);
    expect(await ring.hasKeyOf('owner')).toBe(false);
  });
});
