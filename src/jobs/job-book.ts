/** The jobs as they are written down: submitted, looked up, and moved from state to state, one change at a time. */
import { randomUUID } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { AntiphonError, isErrorCode } from '../errors.ts';
import type { JobChange, JobKey, JobStore, JobTable } from '../store/jobs.ts';
import { jobsFolder, makeJobFolder } from './job-files.ts';
import { isJobState, nextState, type JobEvent } from './job-state.ts';
import type { Job, JobPlace } from './job.ts';

export type NewJob = {
  readonly owner: string;
  readonly kind: string;
  readonly place: JobPlace;
  readonly title: string;
  readonly fingerprint: string;
  readonly settings: unknown;
  readonly progress: unknown;
  /** Written into the job's folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Refused at once where the disk has less than this left; 0 where nobody knows. */
  readonly neededBytes: number;
};

export type JobBook = {
  /** Once it resolves, the job and its files survive a power cut. Errors: queue_full, disk_full. */
  readonly submit: (job: NewJob) => Promise<Job>;
  /** Errors: job_unknown. */
  readonly get: (key: JobKey) => Promise<Job>;
  /** Newest first. */
  readonly list: (query: { owner: string; limit: number }) => Promise<readonly Job[]>;
  readonly findLike: (query: { owner: string; fingerprint: string; place: JobPlace }) => Promise<Job | undefined>;
  /** Errors: job_unknown, job_state_conflict. */
  readonly change: (key: JobKey, event: JobEvent, more?: JobChange) => Promise<Job>;
  readonly folderOf: (id: string) => string;
};

export type JobBookOptions = { readonly store: JobStore; readonly dataDir: string; readonly maxOpen: number };

const eventWords: Readonly<Record<JobEvent, string>> = { start: 'started', interrupt: 'interrupted', pause: 'paused', resume: 'resumed', cancel: 'cancelled', finish: 'finished', fail: 'failed' };

export function createJobBook({ store, dataDir, maxOpen }: JobBookOptions): JobBook {
  const folderOf = (id: string): string => join(jobsFolder(dataDir), id);

  async function get(key: JobKey): Promise<Job> {
    const row = await store.get(key);
    if (row === undefined) throw new AntiphonError('job_unknown', `There is no job "${key.id}".`, { param: 'id' });
    return toJob(row);
  }

  return {
    folderOf,
    get,
    list: async (query) => (await store.list(query)).map(toJob),
    findLike: async (query) => {
      const row = await store.findLike(query);
      return row && toJob(row);
    },
    submit: async ({ files, neededBytes, settings, progress, ...rest }) => {
      const open = await store.countOpen(rest);
      if (open >= maxOpen) throw new AntiphonError('queue_full', `${open} jobs are open, the most this server holds (jobs.maxOpen); wait, or cancel one.`, { retryAfterSeconds: 60 });
      await checkDisk(dataDir, neededBytes);
      const id = `job_${randomUUID().replaceAll('-', '')}`;
      await makeJobFolder(folderOf(id), files);
      const now = new Date().toISOString();
      await store.insert({ ...rest, id, state: 'queued', settings: JSON.stringify(settings), progress: JSON.stringify(progress), created_at: now, changed_at: now, worked_ms: 0, error_code: null, error_message: null });
      return get({ owner: rest.owner, id });
    },
    change: async (key, event, more = {}) => {
      for (;;) {
        const job = await get(key);
        const next = nextState(job.state, event);
        if (next === undefined) throw new AntiphonError('job_state_conflict', `A job that is ${job.state} cannot be ${eventWords[event]}.`, { param: 'id' });
        if (next === job.state) return job;
        // Somebody else may have changed it since it was looked at: then it is looked at again.
        if (await store.changeFrom(key, job.state, { error_code: null, error_message: null, ...more, state: next })) return get(key);
      }
    },
  };
}

async function checkDisk(dataDir: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dataDir);
  if (bavail * bsize >= neededBytes) return;
  const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
  throw new AntiphonError('disk_full', `The job needs about ${megabytes(neededBytes)} MB on the disk of dataDir, where ${megabytes(bavail * bsize)} MB are free.`);
}

function toJob(row: JobTable): Job {
  const { error_code: code, error_message: message } = row;
  return {
    id: row.id,
    owner: row.owner,
    kind: row.kind,
    place: row.place === 'command' ? 'command' : 'server',
    state: isJobState(row.state) ? row.state : 'failed',
    title: row.title,
    fingerprint: row.fingerprint,
    settings: JSON.parse(row.settings),
    progress: JSON.parse(row.progress),
    createdAt: row.created_at,
    changedAt: row.changed_at,
    workedMs: row.worked_ms,
    failure: code === null ? undefined : { code: isErrorCode(code) ? code : 'internal', message: message ?? '' },
  };
}
