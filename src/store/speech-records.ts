/** One row for every speech request that ended: figures only, never its text. Written in batches, off the audio's path. */
import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/logger.ts';
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

export type SpeechRecordWriter = {
  /** Queues a row; it is on disk about a second later, or when `close` resolves. */
  readonly add: (row: SpeechRecordTable) => void;
  readonly close: () => Promise<void>;
};

export type SpeechRecords = {
  /** Newest first. */
  readonly recent: (query: { owner: string; limit: number }) => Promise<SpeechRecordTable[]>;
};

const flushEveryMs = 1_000;
/** Beyond this the oldest are dropped and counted: a dead disk must not fill the memory. */
const maxPending = 10_000;

export function createSpeechRecords(database: Database): SpeechRecords {
  return {
    recent: ({ owner, limit }) => database.selectFrom('speech_records').selectAll().where('owner', '=', owner).orderBy('ended_at', 'desc').limit(limit).execute(),
  };
}

export function createSpeechRecordWriter({ database, clock, log }: { database: Database; clock: Clock; log: Logger }): SpeechRecordWriter {
  const closing = new AbortController();
  let pending: SpeechRecordTable[] = [];
  let dropped = 0;
  const flushing = flushForever();

  async function flushForever(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(flushEveryMs, closing.signal).catch(() => undefined);
      await flush();
    }
  }

  async function flush(): Promise<void> {
    if (pending.length === 0) return;
    const rows = pending;
    pending = [];
    try {
      // A caller may choose its request id and use it twice; the later outcome stands.
      await database.transaction().execute(async (transaction) => {
        for (const row of rows) await transaction.replaceInto('speech_records').values(row).execute();
      });
    } catch (error) {
      log.error({ err: error, rows: rows.length }, 'speech records could not be written');
      pending = [...rows, ...pending];
    }
  }

  return {
    add: (row) => {
      pending.push(row);
      if (pending.length <= maxPending) return;
      pending.shift();
      if (dropped++ === 0) log.error({}, 'speech records are being dropped: the database takes none');
    },
    close: async () => {
      closing.abort();
      await flushing;
    },
  };
}
