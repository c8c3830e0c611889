/** Who asked far too often, and when it was over: for operators, who read it afterwards. */
import type { Database } from './database.ts';

export type AccessSignalTable = {
  id?: number;
  /** ISO 8601, UTC. */
  at: string;
  /** A key's id or a word for an address, and what was asked for. */
  subject: string;
  kind: 'raised' | 'lifted';
  attempts: number;
  normal: number;
};

export type AccessSignals = {
  readonly insert: (signal: AccessSignalTable) => Promise<void>;
  /** Newest first. */
  readonly recent: (limit: number) => Promise<AccessSignalTable[]>;
};

export function createAccessSignals(database: Database): AccessSignals {
  return {
    insert: async ({ at, subject, kind, attempts, normal }) => void (await database.insertInto('access_signals').values({ at, subject, kind, attempts, normal }).execute()),
    recent: (limit) => database.selectFrom('access_signals').selectAll().orderBy('id', 'desc').limit(limit).execute(),
  };
}
