/** One row for every transcription that ended: figures only, never its words. */
import type { Database } from './database.ts';

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
  /** Newest first. */
  readonly recent: (query: { owner: string; limit: number }) => Promise<TranscriptionRecordTable[]>;
  /** All or none. */
  readonly write: (rows: readonly TranscriptionRecordTable[]) => Promise<void>;
};

export function createTranscriptionRecords(database: Database): TranscriptionRecords {
  return {
    recent: ({ owner, limit }) => database.selectFrom('transcription_records').selectAll().where('owner', '=', owner).orderBy('ended_at', 'desc').limit(limit).execute(),
    // A caller may choose its request id and use it twice; the later outcome stands.
    write: (rows) => database.transaction().execute(async (transaction) => {
      for (const row of rows) await transaction.replaceInto('transcription_records').values(row).execute();
    }),
  };
}
