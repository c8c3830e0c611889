/** One row for every speech request that ended: figures only, never its text. */
import type { Database } from './database.ts';
import { inBatches } from './in-batches.ts';

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
  /** Newest first; of everybody where no owner is named. */
  readonly recent: (query: { owner: string | undefined; limit: number }) => Promise<SpeechRecordTable[]>;
  /** All or none. */
  readonly write: (rows: readonly SpeechRecordTable[]) => Promise<void>;
};

export function createSpeechRecords(database: Database): SpeechRecords {
  return {
    recent: ({ owner, limit }) => {
      const latest = database.selectFrom('speech_records').selectAll().orderBy('ended_at', 'desc').limit(limit);
      return (owner === undefined ? latest : latest.where('owner', '=', owner)).execute();
    },
    // A caller may choose its request id and use it twice; the later outcome stands.
    write: (rows) => database.transaction().execute((transaction) => inBatches(rows, (some) => transaction.replaceInto('speech_records').values(some).execute())),
  };
}
