/** Keys and who has them: made, replaced, revoked, and found again by what a caller sends. */
import { randomUUID } from 'node:crypto';
import { isAtLeast, type Role } from '../caller.ts';
import { AntiphonError } from '../errors.ts';
import type { ApiKeys, ApiKeyTable } from '../store/api-keys.ts';
import { createLiveSnapshot, type Revisions } from '../store/live-snapshot.ts';
import type { ApiKeyUses } from '../store/api-key-uses.ts';
import type { Users, UserTable } from '../store/users.ts';
import { hashKey, newKey, previewOf } from './key-text.ts';

export type User = { readonly id: string; readonly name: string; readonly role: Role; readonly createdAt: string; readonly disabledAt: string | undefined };

export type KeyState = 'active' | 'expiring' | 'expired' | 'revoked';

export type Key = {
  readonly id: string;
  readonly user: User;
  readonly label: string;
  readonly preview: string;
  readonly plan: string;
  readonly createdAt: string;
  readonly expiresAt: string | undefined;
  readonly revokedAt: string | undefined;
  /** The id of the key that was made in its place. */
  readonly replacedBy: string | undefined;
  readonly state: KeyState;
};

/** `key` is shown this once and never again. */
export type NewKey = { readonly key: string; readonly entry: Key };

/** `lastUsedAt`: some minutes behind; undefined where it never was. */
export type ListedKey = Key & { readonly lastUsedAt: string | undefined };

export type KeyRing = {
  /** The key, whatever its state; undefined where it is none of this server's. Right about changes that another process made a moment ago. */
  readonly find: (key: string) => Promise<Key | undefined>;
  /** Newest first. */
  readonly list: () => Promise<readonly ListedKey[]>;
  /** Whether anybody has a key that works, and with it at least this role. */
  readonly hasKeyOf: (role: Role) => Promise<boolean>;
  readonly users: () => Promise<readonly User[]>;
  /** Errors: input_invalid (name taken or unfit). */
  readonly createUser: (user: { readonly name: string; readonly role: Role }) => Promise<User>;
  /** None of a disabled user's keys works. Errors: key_unknown. */
  readonly disableUser: (name: string, disabled: boolean) => Promise<User>;
  /** Errors: input_invalid (unknown user, plan or time). */
  readonly create: (wanted: { readonly userName: string; readonly plan: string; readonly label: string; readonly days?: number | undefined }) => Promise<NewKey>;
  /** A new key with all the old one had, which goes on working for `graceMs`. Errors: key_unknown, input_invalid. */
  readonly rotate: (id: string, graceMs: number) => Promise<NewKey>;
  /** Works no more from the next request on. Errors: key_unknown. */
  readonly revoke: (id: string) => Promise<Key>;
};

export type KeyRingOptions = {
  readonly users: Users;
  readonly keys: ApiKeys;
  readonly uses: Pick<ApiKeyUses, 'list'>;
  readonly revisions: Pick<Revisions, 'read'>;
  /** By their names in the configuration. */
  readonly plans: readonly string[];
  readonly now: () => Date;
};

const dayMs = 86_400_000;
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,99}$/u;

type Snapshot = { readonly byHash: ReadonlyMap<string, ApiKeyTable>; readonly users: ReadonlyMap<string, UserTable> };

export function createKeyRing({ users, keys, uses, revisions, plans, now }: KeyRingOptions): KeyRing {
  // One count for both tables: a user who is disabled takes his keys with him.
  const snapshot = createLiveSnapshot<Snapshot>({
    revision: () => revisions.read('api_keys') + revisions.read('users'),
    load: async () => {
      const [people, all] = await Promise.all([users.list(), keys.list({})]);
      return { byHash: new Map(all.map((row) => [row.hash, row])), users: new Map(people.map((row) => [row.id, row])) };
    },
  });

  function toKey(row: ApiKeyTable, people: ReadonlyMap<string, UserTable>): Key {
    const user = toUser(people.get(row.user_id)!);
    return { id: row.id, user, label: row.label, preview: row.preview, plan: row.plan, createdAt: row.created_at, expiresAt: row.expires_at ?? undefined, revokedAt: row.revoked_at ?? undefined, replacedBy: row.replaced_by ?? undefined, state: stateOf(row, user, now()) };
  }

  async function all(): Promise<readonly Key[]> {
    const { byHash, users: people } = await snapshot();
    return [...byHash.values()].map((row) => toKey(row, people));
  }

  async function rowOf(id: string): Promise<ApiKeyTable> {
    const row = await keys.get(id);
    if (row === undefined) throw new AntiphonError('key_unknown', `There is no key of the id "${id}"; \`antiphon keys list\` shows them.`, { param: 'id' });
    return row;
  }

  async function userNamed(name: string): Promise<UserTable> {
    const user = await users.byName(name);
    if (user === undefined) throw new AntiphonError('input_invalid', `There is no user "${name}"; \`antiphon users create\` makes one.`, { param: 'user' });
    return user;
  }

  async function keep(row: Omit<ApiKeyTable, 'id' | 'preview' | 'hash' | 'created_at' | 'revoked_at' | 'replaced_by'>, store: (made: ApiKeyTable) => Promise<void>): Promise<NewKey> {
    const key = newKey();
    const made: ApiKeyTable = { ...row, id: `key_${randomUUID().replaceAll('-', '').slice(0, 16)}`, preview: previewOf(key), hash: hashKey(key), created_at: now().toISOString(), revoked_at: null, replaced_by: null };
    await store(made);
    const { users: people } = await snapshot();
    return { key, entry: toKey(made, people) };
  }

  return {
    find: async (key) => {
      const { byHash, users: people } = await snapshot();
      const row = byHash.get(hashKey(key));
      return row === undefined ? undefined : toKey(row, people);
    },
    list: async () => {
      const [entries, used] = await Promise.all([all(), uses.list()]);
      const lastUse = new Map(used.map((row) => [row.key_id, row.last_used_at]));
      return entries.map((entry) => ({ ...entry, lastUsedAt: lastUse.get(entry.id) }));
    },
    hasKeyOf: async (role) => (await all()).some(({ state, user }) => (state === 'active' || state === 'expiring') && isAtLeast(user.role, role)),
    users: async () => (await users.list()).map(toUser),
    createUser: async ({ name, role }) => {
      if (!namePattern.test(name)) throw new AntiphonError('input_invalid', 'A user\'s name has 1 to 100 letters, digits, blanks and . _ @ + -, and begins with a letter or digit.', { param: 'name' });
      if (await users.byName(name) !== undefined) throw new AntiphonError('input_invalid', `There is a user "${name}" already.`, { param: 'name' });
      const row: UserTable = { id: `user_${randomUUID().replaceAll('-', '').slice(0, 16)}`, name, role, created_at: now().toISOString(), disabled_at: null };
      await users.insert(row);
      return toUser(row);
    },
    disableUser: async (name, disabled) => {
      const row = await userNamed(name);
      const disabledAt = disabled ? now().toISOString() : null;
      await users.setDisabled(row.id, disabledAt);
      return toUser({ ...row, disabled_at: disabledAt });
    },
    create: async ({ userName, plan, label, days }) => {
      if (!plans.includes(plan)) throw new AntiphonError('input_invalid', `There is no plan "${plan}"; there are ${plans.join(', ')}.`, { param: 'plan' });
      if (days !== undefined && !(days > 0 && days <= 36_500)) throw new AntiphonError('input_invalid', 'A key lasts more than 0 and at most 36500 days.', { param: 'days' });
      const user = await userNamed(userName);
      return keep({ user_id: user.id, label, plan, expires_at: days === undefined ? null : new Date(now().getTime() + days * dayMs).toISOString() }, keys.insert);
    },
    rotate: async (id, graceMs) => {
      const old = await rowOf(id);
      const { users: people } = await snapshot();
      const { state } = toKey(old, people);
      if (state === 'revoked' || state === 'expired') throw new AntiphonError('input_invalid', `The key is ${state}; make a new one instead.`, { param: 'id' });
      const until = new Date(now().getTime() + graceMs).toISOString();
      const last = old.expires_at !== null && old.expires_at < until ? old.expires_at : until;
      return keep({ user_id: old.user_id, label: old.label, plan: old.plan, expires_at: old.expires_at }, (next) => keys.replace(id, next, last));
    },
    revoke: async (id) => {
      await rowOf(id);
      await keys.revoke(id, now().toISOString());
      const { users: people } = await snapshot();
      return toKey(await rowOf(id), people);
    },
  };
}

function toUser(row: UserTable): User {
  return { id: row.id, name: row.name, role: row.role, createdAt: row.created_at, disabledAt: row.disabled_at ?? undefined };
}

function stateOf({ revoked_at: revokedAt, expires_at: expiresAt }: ApiKeyTable, user: User, now: Date): KeyState {
  if (revokedAt !== null || user.disabledAt !== undefined) return 'revoked';
  if (expiresAt === null) return 'active';
  return expiresAt <= now.toISOString() ? 'expired' : 'expiring';
}
