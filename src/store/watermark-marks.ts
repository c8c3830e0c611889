/** Which mark was made for whom: the only place where a mark that was found leads to a request. */
import type { Database } from './database.ts';

export type WatermarkMarkTable = {
  id?: number;
  /** ISO 8601, UTC. */
  at: string;
  /** Whose secret, and which day's own key of it. */
  secret_id: string;
  day: string;
  /** Where in the day's sequence it lies, in slots of 10 ms; nobody else's mark lies there. */
  start_slot: number;
  slots: number;
  /** 32 bits, in the audio. */
  payload: number;
  owner: string;
  /** Of the API; empty without. */
  key_id: string;
  request_id: string;
};

export type WatermarkMarks = {
  /** Reserves the next free stretch of the day; on the disk when it resolves. Gives where it begins. */
  readonly reserve: (mark: Omit<WatermarkMarkTable, 'id' | 'start_slot'>) => Promise<number>;
  readonly count: () => Promise<number>;
};

export function createWatermarkMarks(database: Database): WatermarkMarks {
  return {
    reserve: (mark) => database.transaction().execute(async (transaction) => {
      const last = await transaction.selectFrom('watermark_marks').select(['start_slot', 'slots']).where('secret_id', '=', mark.secret_id).where('day', '=', mark.day).orderBy('start_slot', 'desc').limit(1).executeTakeFirst();
      const startSlot = last === undefined ? 0 : last.start_slot + last.slots;
      await transaction.insertInto('watermark_marks').values({ ...mark, start_slot: startSlot }).execute();
      return startSlot;
    }),
    count: async () => Number((await database.selectFrom('watermark_marks').select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count),
  };
}
