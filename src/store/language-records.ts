/** One row for every conversation's turn and every batch of embeddings that ended: figures only, never a word of it. */
import type { Database } from './database.ts';
import { inBatches } from './in-batches.ts';

export type LanguageRecordTable = {
  request_id: string;
  owner: string;
  /** ISO 8601, UTC. */
  ended_at: string;
  /** chat or embeddings. */
  kind: string;
  /** Who served: local, or a provider; empty where nobody did. */
  provider: string;
  model: string;
  /** Who should have served, where another stood in. */
  instead_of: string | null;
  prompt_tokens: number;
  completion_tokens: number;
  /** Until the first text; null where there was none, and for embeddings. */
  first_text_ms: number | null;
  duration_ms: number;
  /** By the configured prices; null where there are none. */
  cost: number | null;
  /** `ok` or an error code. */
  outcome: string;
};

export type LanguageRecords = {
  /** Newest first; of everybody where no owner is named. */
  readonly recent: (query: { owner: string | undefined; limit: number }) => Promise<LanguageRecordTable[]>;
  /** All or none. */
  readonly write: (rows: readonly LanguageRecordTable[]) => Promise<void>;
};

export function createLanguageRecords(database: Database): LanguageRecords {
  return {
    recent: ({ owner, limit }) => {
      const latest = database.selectFrom('language_records').selectAll().orderBy('ended_at', 'desc').limit(limit);
      return (owner === undefined ? latest : latest.where('owner', '=', owner)).execute();
    },
    // A caller may choose its request id and use it twice; the later outcome stands.
    write: (rows) => database.transaction().execute((transaction) => inBatches(rows, (some) => transaction.replaceInto('language_records').values(some).execute())),
  };
}
