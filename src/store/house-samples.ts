/** What the house did, minute by minute, for as long as it is kept. */
import type { Database } from './database.ts';

export type HouseSampleTable = {
  /** ISO 8601, UTC: when the minute ended. */
  at: string;
  /** JSON, as operations/series has it. */
  figures: string;
};

export type HouseSamples = {
  readonly insert: (sample: HouseSampleTable) => Promise<void>;
  /** In order: from `since` on, before `until`. */
  readonly range: (since: string, until: string) => Promise<HouseSampleTable[]>;
  readonly removeBefore: (at: string) => Promise<number>;
};

export function createHouseSamples(database: Database): HouseSamples {
  return {
    insert: async (sample) => void (await database.replaceInto('house_samples').values(sample).execute()),
    range: (since, until) => database.selectFrom('house_samples').selectAll().where('at', '>=', since).where('at', '<', until).orderBy('at').execute(),
    removeBefore: async (at) => Number((await database.deleteFrom('house_samples').where('at', '<', at).executeTakeFirst()).numDeletedRows),
  };
}
