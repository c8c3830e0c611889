/** One row for every speech request that ended: figures only, never its text. */
import type { Database } from './database.ts';

export type SpeechRecordTable = {
  request_id: string;
  owner: string;
  /** ISO 8601, UTC. */
  ended_at: string;
  engine: string;
  voice: string;
  format: string;
  characters: number;
  audio_seconds: number;
  first_audio_ms: number | null;
  duration_ms: number;
  outcome: string;
};

export type SpeechRecords = {
  /** Newest first. */
  readonly recent: (query: { owner: string; limit: number }) => Promise<SpeechRecordTable[]>;
  /** All or none. */
  readonly write: (rows: readonly SpeechRecordTable[]) => Promise<void>;
};

export function createSpeechRecords(database: Database): SpeechRecords {
  return {
    recent: ({ owner, limit }) => database.selectFrom('speech_records').selectAll().where('owner', '=', owner).orderBy('ended_at', 'desc').limit(limit).execute(),
    // A caller may choose its request id and use it twice; the later outcome stands.
    write: (rows) => database.transaction().execute(async (transaction) => {
      for (const row of rows) await transaction.replaceInto('speech_records').values(row).execute();
    }),
  };
}
