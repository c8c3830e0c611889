/** Keys: what is kept of them tells nobody what they are. */
import type { Database } from './database.ts';

export type ApiKeyTable = {
  id: string;
  user_id: string;
  label: string;
  /** Its first characters, by which a person knows it again. */
  preview: string;
  /** SHA-256 of the key, hexadecimal. */
  hash: string;
  plan: string;
  /** ISO 8601, UTC, as all of these. */
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  /** The id of the key that was made in its place. */
  replaced_by: string | null;
};

export type ApiKeys = {
  /** Newest first, of one user or of all. */
  readonly list: (query: { readonly userId?: string }) => Promise<ApiKeyTable[]>;
  readonly get: (id: string) => Promise<ApiKeyTable | undefined>;
  readonly insert: (key: ApiKeyTable) => Promise<void>;
  /** Puts another in its place, which takes over at once; the old one lasts until `expiresAt`. All or none. */
  readonly replace: (id: string, next: ApiKeyTable, expiresAt: string) => Promise<void>;
  /** False where there is none of that id. */
  readonly revoke: (id: string, revokedAt: string) => Promise<boolean>;
};

export function createApiKeys(database: Database): ApiKeys {
  return {
    list: ({ userId }) => {
      const all = database.selectFrom('api_keys').selectAll().orderBy('created_at', 'desc').orderBy('id');
      return (userId === undefined ? all : all.where('user_id', '=', userId)).execute();
    },
    get: (id) => database.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst(),
    insert: async (key) => void (await database.insertInto('api_keys').values(key).execute()),
    replace: (id, next, expiresAt) => database.transaction().execute(async (transaction) => {
      await transaction.insertInto('api_keys').values(next).execute();
      await transaction.updateTable('api_keys').set({ expires_at: expiresAt, replaced_by: next.id }).where('id', '=', id).execute();
    }),
    revoke: async (id, revokedAt) => (await database.updateTable('api_keys').set({ revoked_at: revokedAt }).where('id', '=', id).where('revoked_at', 'is', null).executeTakeFirst()).numUpdatedRows > 0n,
  };
}
