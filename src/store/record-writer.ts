/** Rows about what has ended, written in batches, off the path of whoever is served. */
import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/logger.ts';

export type RecordWriter<Row> = {
  /** Queues a row; it is on disk about a second later, or when `close` resolves. */
  readonly add: (row: Row) => void;
  readonly close: () => Promise<void>;
};

export type RecordWriterOptions<Row> = {
  /** All or none. */
  readonly write: (rows: readonly Row[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
};

const flushEveryMs = 1_000;
/** Beyond this the oldest are dropped and counted: a dead disk must not fill the memory. */
const maxPending = 10_000;

export function createRecordWriter<Row>({ write, clock, log }: RecordWriterOptions<Row>): RecordWriter<Row> {
  const closing = new AbortController();
  let pending: Row[] = [];
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
      await write(rows);
    } catch (error) {
      log.error({ err: error, rows: rows.length }, 'records could not be written');
      pending = [...rows, ...pending];
    }
  }

  return {
    add: (row) => {
      pending.push(row);
      if (pending.length <= maxPending) return;
      pending.shift();
      if (dropped++ === 0) log.error({}, 'records are being dropped: the database takes none');
    },
    close: async () => {
      closing.abort();
      await flushing;
    },
  };
}
