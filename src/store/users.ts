/** Who has keys: one row a person or a service. */
import type { Role } from '../caller.ts';
import type { Database } from './database.ts';

export type UserTable = {
  id: string;
  name: string;
  role: Role;
  /** ISO 8601, UTC. */
  created_at: string;
  disabled_at: string | null;
};

export type Users = {
  /** In the order of their names. */
  readonly list: () => Promise<UserTable[]>;
  readonly byName: (name: string) => Promise<UserTable | undefined>;
  readonly insert: (user: UserTable) => Promise<void>;
  /** False where there is none of that id. */
  readonly setDisabled: (id: string, disabledAt: string | null) => Promise<boolean>;
};

export function createUsers(database: Database): Users {
  return {
    list: () => database.selectFrom('users').selectAll().orderBy('name').execute(),
    byName: (name) => database.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst(),
    insert: async (user) => void (await database.insertInto('users').values(user).execute()),
    setDisabled: async (id, disabledAt) => (await database.updateTable('users').set({ disabled_at: disabledAt }).where('id', '=', id).executeTakeFirst()).numUpdatedRows > 0n,
  };
}
