/** Every turn of a switch, newest last and never edited: what stands now follows from it, and so does who did it. */
import type { Database } from './database.ts';

export type SwitchChangeTable = {
  id?: number;
  name: string;
  value: string;
  /** ISO 8601, UTC, as all of these. */
  at: string;
  /** A user's name, `local` or `command line`; `start-up` where a variable said so. */
  who: string;
  why: string;
  /** From then on the usual value holds again. */
  expires_at: string | null;
};

export type SwitchChanges = {
  readonly insert: (change: SwitchChangeTable) => Promise<void>;
  /** The last of each switch. */
  readonly latest: () => Promise<SwitchChangeTable[]>;
  /** Newest first. */
  readonly recent: (limit: number) => Promise<SwitchChangeTable[]>;
};

export function createSwitchChanges(database: Database): SwitchChanges {
  const newestIds = database.selectFrom('switch_changes').select(({ fn }) => fn.max('id').as('id')).groupBy('name');
  return {
    insert: async ({ name, value, at, who, why, expires_at: expiresAt }) => void (await database.insertInto('switch_changes').values({ name, value, at, who, why, expires_at: expiresAt }).execute()),
    latest: () => database.selectFrom('switch_changes').selectAll().where('id', 'in', newestIds).execute(),
    recent: (limit) => database.selectFrom('switch_changes').selectAll().orderBy('id', 'desc').limit(limit).execute(),
  };
}
