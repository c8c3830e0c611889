/** Conversations and their turns. Every question names the owner; only the clean-up asks about all of them. */
import type { Database } from './database.ts';

export type CompanionSessionTable = {
  id: string;
  owner: string;
  /** ISO 8601, UTC. */
  created_at: string;
  last_used_at: string;
};

export type CompanionTurnTable = {
  session_id: string;
  /** From 0, without gaps. */
  turn_index: number;
  owner: string;
  said: string;
  reply: string;
  provider: string;
  model: string;
  /** JSON: how long each stage took. */
  timings: string;
  at: string;
};

export type SessionKey = { readonly owner: string; readonly id: string };

export type CompanionSessions = {
  /** On disk when it resolves. */
  readonly insert: (row: CompanionSessionTable) => Promise<void>;
  /** Notes that it is used. False where the owner has none of that id that was used since `usedSince`. */
  readonly touch: (key: SessionKey, times: { at: string; usedSince: string }) => Promise<boolean>;
  /** The latest, oldest of them first. */
  readonly turns: (key: SessionKey, limit: number) => Promise<CompanionTurnTable[]>;
  /** Behind the turns that are there; on disk when it resolves. False where the session is gone. */
  readonly append: (key: SessionKey, turn: Omit<CompanionTurnTable, 'session_id' | 'turn_index' | 'owner'>) => Promise<boolean>;
  /** Of every owner, with their turns. Gives how many. */
  readonly removeUnusedSince: (usedSince: string) => Promise<number>;
  readonly count: () => Promise<number>;
};

export function createCompanionSessions(database: Database): CompanionSessions {
  return {
    insert: async (row) => void (await database.insertInto('companion_sessions').values(row).execute()),
    touch: async ({ owner, id }, { at, usedSince }) => {
      const { numUpdatedRows } = await database.updateTable('companion_sessions').set({ last_used_at: at })
        .where('owner', '=', owner).where('id', '=', id).where('last_used_at', '>=', usedSince).executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    turns: async ({ owner, id }, limit) => (await database.selectFrom('companion_turns').selectAll()
      .where('owner', '=', owner).where('session_id', '=', id).orderBy('turn_index', 'desc').limit(limit).execute()).toReversed(),
    append: ({ owner, id }, turn) => database.transaction().execute(async (transaction) => {
      const { numUpdatedRows } = await transaction.updateTable('companion_sessions').set({ last_used_at: turn.at })
        .where('owner', '=', owner).where('id', '=', id).executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      const last = await transaction.selectFrom('companion_turns').select(({ fn }) => fn.max('turn_index').as('index')).where('session_id', '=', id).executeTakeFirst();
      await transaction.insertInto('companion_turns').values({ ...turn, owner, session_id: id, turn_index: (last?.index ?? -1) + 1 }).execute();
      return true;
    }),
    removeUnusedSince: async (usedSince) => {
      const { numDeletedRows } = await database.deleteFrom('companion_sessions').where('last_used_at', '<', usedSince).executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
    count: async () => {
      const row = await database.selectFrom('companion_sessions').select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
      return Number(row.count);
    },
  };
}
