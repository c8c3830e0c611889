/** One row for every transcription that ended: figures only, never its words. */
import type { Database } from './database.ts';
import { inBatches } from './in-batches.ts';

export type TranscriptionRecordTable = {
  request_id: string;
  owner: string;
  /** ISO 8601, UTC. */
  ended_at: string;
  model: string;
  /** ISO 639-1; null where nobody spoke. */
  language: string | null;
  audio_seconds: number;
  speech_seconds: number;
  duration_ms: number;
  outcome: string;
};

export type TranscriptionRecords = {
  /** Newest first; of everybody where no owner is named. */
  readonly recent: (query: { owner: string | undefined; limit: number }) => Promise<TranscriptionRecordTable[]>;
  /** All or none. */
  readonly write: (rows: readonly TranscriptionRecordTable[]) => Promise<void>;
};

export function createTranscriptionRecords(database: Database): TranscriptionRecords {
  return {
    recent: ({ owner, limit }) => {
      const latest = database.selectFrom('transcription_records').selectAll().orderBy('ended_at', 'desc').limit(limit);
      return (owner === undefined ? latest : latest.where('owner', '=', owner)).execute();
    },
    // A caller may choose its request id and use it twice; the later outcome stands.
    write: (rows) => database.transaction().execute((transaction) => inBatches(rows, (some) => transaction.replaceInto('transcription_records').values(some).execute())),
  };
}
