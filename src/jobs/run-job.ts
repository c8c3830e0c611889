/** One job from the queue to its end or its interruption, with its progress written down every few seconds. */
import { AntiphonError, errorTable, toAntiphonError } from '../errors.ts';
import type { Clock } from '../clock.ts';
import { acquireProcessLock, type ProcessLock } from '../process-lock.ts';
import type { JobStore } from '../store/jobs.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { JobBook } from './job-book.ts';
import { fromDisk } from './job-files.ts';
import type { Job, JobKind } from './job.ts';

export type RunJobOptions = {
  readonly job: Job;
  readonly kind: JobKind;
  readonly book: JobBook;
  readonly store: JobStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted with `draining` by a shutdown (the job is queued again), with anything else where its state was changed already. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: unknown, workedMs: number) => void;
};

/** What is shown to other processes, and asked of them, is this old at most. */
const saveEveryMs = 2_000;

/** Resolves once nobody works on it here any more, whatever became of it. */
export async function runJob(options: RunJobOptions): Promise<void> {
  const { job, book, log } = options;
  const lock = await tryLock(lockPath(book, job.id));
  // Another process works on it; it will say how that went.
  if (lock === undefined) return;
  try {
    await runLocked(options, lock);
  } catch (error) {
    log.error({ err: error, job_id: job.id }, 'a job could not be kept account of');
  } finally {
    await lock.release();
  }
}

async function runLocked({ job, kind, book, store, clock, log, signal, onProgress }: RunJobOptions, lock: ProcessLock): Promise<void> {
  if (!(await store.changeFrom(job, 'queued', { state: 'running', error_code: null, error_message: null }))) return;
  const startedMs = clock.now();
  const changedElsewhere = new AbortController();
  const over = new AbortController();
  const stop = AbortSignal.any([signal, lock.lost, changedElsewhere.signal]);
  const jobLog = log.child({ job_id: job.id, kind: job.kind });
  let progress = job.progress;
  const workedMs = (): number => job.workedMs + clock.now() - startedMs;
  const figures = () => ({ progress: JSON.stringify(progress), worked_ms: workedMs() });

  async function saveForever(): Promise<void> {
    for (;;) {
      await clock.sleep(saveEveryMs, over.signal);
      if (await store.changeFrom(job, 'running', figures())) continue;
      changedElsewhere.abort(new AntiphonError('cancelled', 'The job was paused or cancelled elsewhere.'));
      return;
    }
  }

  const saving = saveForever().catch(() => undefined);
  jobLog.info({}, 'job started');
  try {
    await kind.run({ ...job, state: 'running' }, {
      folder: book.folderOf(job.id),
      signal: stop,
      log: jobLog,
      report: (next) => {
        progress = next;
        onProgress(next, workedMs());
      },
    });
    await store.changeFrom(job, 'running', { ...figures(), state: 'done' });
    jobLog.info({ worked_ms: Math.round(workedMs()) }, 'job done');
  } catch (thrown) {
    await settle(thrown);
  } finally {
    over.abort();
    await saving;
  }

  async function settle(thrown: unknown): Promise<void> {
    if (stop.aborted) {
      // Paused or cancelled: its row says so already, and only the figures of the last moments are missing.
      const isShutdown = signal.aborted && toAntiphonError(signal.reason).code === 'draining';
      if (isShutdown) await store.changeFrom(job, 'running', { ...figures(), state: 'queued' });
      else await store.changeFrom(job, 'paused', figures());
      return;
    }
    const error = toAntiphonError(fromDisk(thrown));
    const state = error.code === 'disk_full' ? 'paused' : 'failed';
    await store.changeFrom(job, 'running', { ...figures(), state, error_code: error.code, error_message: error.message });
    if (errorTable[error.code].actor === 'us') jobLog.error({ err: error.cause ?? error, code: error.code }, error.message);
    else jobLog.warn({ code: error.code }, error.message);
  }
}

export function lockPath(book: JobBook, id: string): string {
  return `${book.folderOf(id)}.lock`;
}

class Taken extends Error {}

async function tryLock(path: string): Promise<ProcessLock | undefined> {
  try {
    return await acquireProcessLock({ path, signal: new AbortController().signal, onWait: () => { throw new Taken(); } });
  } catch (error) {
    if (error instanceof Taken) return undefined;
    throw error;
  }
}
