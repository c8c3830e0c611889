/** The records of requests that have ended, and signals: what is too old to be of use to anybody. The usage ledger is not among them. */
import { sql } from 'kysely';
import type { Database } from './database.ts';

export type OldRecords = { readonly count: (before: string) => Promise<number>; readonly remove: (before: string) => Promise<void> };

const tables = [['speech_records', 'ended_at'], ['transcription_records', 'ended_at'], ['language_records', 'ended_at'], ['access_signals', 'at']] as const;

export function createOldRecords(database: Database): OldRecords {
  return {
    count: async (before) => {
      const counts = await Promise.all(tables.map(async ([table, column]) => Number((await sql<{ count: number }>`select count(*) as count from ${sql.table(table)} where ${sql.ref(column)} < ${before}`.execute(database)).rows[0]?.count ?? 0)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    remove: (before) => database.transaction().execute(async (transaction) => {
      for (const [table, column] of tables) await sql`delete from ${sql.table(table)} where ${sql.ref(column)} < ${before}`.execute(transaction);
    }),
  };
}
