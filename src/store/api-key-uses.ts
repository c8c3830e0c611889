/** When each key was used last. A table of its own: what changes all the time would count as a change of the keys. */
import type { Database } from './database.ts';

export type ApiKeyUseTable = {
  key_id: string;
  /** ISO 8601, UTC; up to some minutes behind. */
  last_used_at: string;
};

export type ApiKeyUses = {
  readonly list: () => Promise<ApiKeyUseTable[]>;
  /** The later one stands. All or none. */
  readonly note: (uses: readonly ApiKeyUseTable[]) => Promise<void>;
};

export function createApiKeyUses(database: Database): ApiKeyUses {
  return {
    list: () => database.selectFrom('api_key_uses').selectAll().execute(),
    note: (uses) => database.transaction().execute(async (transaction) => {
      for (const use of uses) {
        await transaction.insertInto('api_key_uses').values(use)
          .onConflict((conflict) => conflict.column('key_id').doUpdateSet({ last_used_at: use.last_used_at }).where('api_key_uses.last_used_at', '<', use.last_used_at))
          .execute();
      }
    }),
  };
}
