/** Runs durable jobs: the oldest first, so many at once, again after every restart, until each is done. */
import { rm } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { AntiphonError } from '../errors.ts';
import { isProcessLockHeld } from '../process-lock.ts';
import type { JobKey, JobStore } from '../store/jobs.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createJobBook, type JobBook, type NewJob } from './job-book.ts';
import { isAtRest } from './job-state.ts';
import type { Job, JobKind, JobPlace } from './job.ts';
import { lockPath, runJob } from './run-job.ts';

export type JobRunner = {
  /** Once it resolves, the job survives a power cut; it runs when its turn comes. Errors: queue_full, disk_full. */
  readonly submit: (job: Omit<NewJob, 'place'>) => Promise<Job>;
  /** Errors: job_unknown. */
  readonly get: (key: JobKey) => Promise<Job>;
  /** Newest first. */
  readonly list: (query: { owner: string; limit: number }) => Promise<readonly Job[]>;
  /** The newest one of this place with the same fingerprint. */
  readonly findLike: (query: { owner: string; fingerprint: string }) => Promise<Job | undefined>;
  /** Resolves once nobody works on it. Errors: job_unknown, job_state_conflict. */
  readonly pause: (key: JobKey) => Promise<Job>;
  /** A job that a command left behind becomes the server's. Errors: job_unknown, job_state_conflict. */
  readonly resume: (key: JobKey) => Promise<Job>;
  /** Its files go, its row stays. Errors: job_unknown, job_state_conflict. */
  readonly cancel: (key: JobKey) => Promise<Job>;
  /** Removes every trace of a job at rest. Errors: job_unknown, job_state_conflict. */
  readonly remove: (key: JobKey) => Promise<void>;
  readonly folderOf: (id: string) => string;
  /** Puts right what killed processes left behind, without starting anything. */
  readonly tidy: () => Promise<void>;
  /** Begins with the queue, interrupted jobs of this place first among them. */
  readonly start: () => Promise<void>;
  /** Runs this one now, beside the queue, and gives what became of it; `onProgress` at every report. */
  readonly runNow: (key: JobKey, onProgress: (job: Job) => void) => Promise<Job>;
  readonly countByState: () => Promise<Readonly<Record<string, number>>>;
  /** How many paused by themselves and wait for somebody to mend the cause. */
  readonly stoppedByFault: () => Promise<number>;
  /** Interrupts what runs; it goes on after the next start. Idempotent. */
  readonly close: () => Promise<void>;
};

export type JobRunnerOptions = {
  readonly store: JobStore;
  readonly kinds: readonly JobKind[];
  readonly dataDir: string;
  readonly place: JobPlace;
  readonly concurrency: number;
  readonly maxOpen: number;
  readonly clock: Clock;
  readonly log: Logger;
};

type Running = { readonly stop: AbortController; readonly ended: Promise<void>; live: Pick<Job, 'progress' | 'workedMs'> | undefined };

/** Jobs of processes that were killed are looked for this often. */
const reconcileEveryMs = 15_000;

export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { store, kinds, place, concurrency, clock, log } = options;
  const book = createJobBook(options);
  const running = new Map<string, Running>();
  const closing = new AbortController();
  let reconciling: Promise<void> | undefined;

  const withLive = (job: Job): Job => ({ ...job, ...(job.state === 'running' ? running.get(job.id)?.live : undefined) });

  function launch(job: Job, onProgress?: (job: Job) => void): Promise<void> {
    const kind = kinds.find(({ name }) => name === job.kind);
    if (kind === undefined) return Promise.resolve();
    const stop = new AbortController();
    const own: Running = {
      stop,
      live: undefined,
      ended: runJob({ job, kind, book, store, clock, log, signal: stop.signal, onProgress: (progress, workedMs) => {
        own.live = { progress, workedMs };
        onProgress?.({ ...job, state: 'running', progress, workedMs });
      } }).finally(() => {
        running.delete(job.id);
        void fill();
      }),
    };
    running.set(job.id, own);
    return own.ended;
  }

  /** Gives free places to the oldest that wait. */
  const filler = oneAtATime(async () => {
    for (const { id, owner } of await store.inState({ state: 'queued', place })) {
      if (running.size >= concurrency || closing.signal.aborted) break;
      if (!running.has(id)) void launch(await book.get({ owner, id }));
    }
  }, (error) => log.error({ err: error }, 'the queue of jobs could not be read'));

  async function fill(): Promise<void> {
    if (reconciling !== undefined && !closing.signal.aborted) await filler.run();
  }

  async function reconcileForever(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(reconcileEveryMs, closing.signal).catch(() => undefined);
      if (closing.signal.aborted) return;
      await requeueInterrupted(options, book, running).catch((error: unknown) => log.error({ err: error }, 'jobs could not be looked after'));
      await fill();
    }
  }

  async function halt(id: string): Promise<void> {
    const own = running.get(id);
    own?.stop.abort(new AntiphonError('cancelled', 'The job was paused or cancelled.'));
    await own?.ended;
  }

  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    closing.abort();
    for (const { stop } of running.values()) stop.abort(new AntiphonError('draining', 'The server is shutting down.'));
    await Promise.all([filler.settled(), reconciling, ...[...running.values()].map(({ ended }) => ended)]);
    await Promise.all([...running.values()].map(({ ended }) => ended));
  }

  return {
    folderOf: book.folderOf,
    submit: async (job) => {
      const made = await book.submit({ ...job, place });
      void fill();
      return made;
    },
    get: async (key) => withLive(await book.get(key)),
    list: async (query) => (await book.list(query)).map(withLive),
    findLike: (query) => book.findLike({ ...query, place }),
    pause: async (key) => {
      await book.change(key, 'pause');
      await halt(key.id);
      return book.get(key);
    },
    resume: async (key) => {
      const job = await book.change(key, 'resume', { place });
      void fill();
      return withLive(job);
    },
    cancel: async (key) => {
      await book.change(key, 'cancel');
      await halt(key.id);
      await rm(book.folderOf(key.id), { recursive: true, force: true });
      return book.get(key);
    },
    remove: async (key) => {
      const job = await book.get(key);
      if (!isAtRest(job.state)) throw new AntiphonError('job_state_conflict', `A job that is ${job.state} cannot be deleted; cancel it first.`, { param: 'id' });
      await halt(key.id);
      await store.remove(key);
      await rm(book.folderOf(key.id), { recursive: true, force: true });
    },
    tidy: () => requeueInterrupted(options, book, running),
    start: async () => {
      await requeueInterrupted(options, book, running);
      reconciling ??= reconcileForever();
      await fill();
    },
    runNow: async (key, onProgress) => {
      await launch(await book.get(key), onProgress);
      return book.get(key);
    },
    countByState: store.countByState,
    stoppedByFault: async () => (await store.inState({ state: 'paused' })).filter((row) => row.error_code !== null).length,
    close: () => (closed ??= close()),
  };
}

/** A row that says "running" while nobody holds its lock is of a process that was killed. */
async function requeueInterrupted({ store, log }: JobRunnerOptions, book: JobBook, running: ReadonlyMap<string, unknown>): Promise<void> {
  for (const row of await store.inState({ state: 'running' })) {
    if (running.has(row.id) || (await isProcessLockHeld(lockPath(book, row.id)))) continue;
    // A command's job waits for the command to be given again.
    await store.changeFrom(row, 'running', { state: row.place === 'server' ? 'queued' : 'paused' });
    log.info({ job_id: row.id }, 'job interrupted by the end of its process');
  }
}

/** Asked for while it runs, it runs once more behind: whoever asks knows that it began after the asking. */
function oneAtATime(work: () => Promise<void>, onError: (error: unknown) => void): { readonly run: () => Promise<void>; readonly settled: () => Promise<void> } {
  let current: Promise<void> | undefined;
  let again = false;
  async function loop(): Promise<void> {
    while (again) {
      again = false;
      await work().catch(onError);
    }
    current = undefined;
  }
  return {
    run: () => {
      again = true;
      return (current ??= loop());
    },
    settled: async () => current,
  };
}
