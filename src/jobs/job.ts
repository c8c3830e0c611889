/** A durable job as rooms see it, and what a kind of work has to be to run as one. */
import type { ErrorCode } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { JobState } from './job-state.ts';

/** Who runs it: the server's runner, or a command in its own process. */
export type JobPlace = 'server' | 'command';

export type Job = {
  readonly id: string;
  readonly owner: string;
  readonly kind: string;
  readonly place: JobPlace;
  readonly state: JobState;
  readonly title: string;
  readonly fingerprint: string;
  /** JSON of its kind. */
  readonly settings: unknown;
  /** JSON of its kind; as new as the last second while it runs here, a few seconds old elsewhere. */
  readonly progress: unknown;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly changedAt: string;
  readonly workedMs: number;
  /** Why it failed, or why it paused by itself. */
  readonly failure: { readonly code: ErrorCode; readonly message: string } | undefined;
};

export type JobContext = {
  /** The job's own folder; what was submitted lies in it, and what it makes. */
  readonly folder: string;
  /** Aborted by pause, cancel and shutdown: the work is to stop soon, in a state from which it can go on. */
  readonly signal: AbortSignal;
  /** Tells how far it is; as often as it likes. */
  readonly report: (progress: unknown) => void;
  readonly log: Logger;
};

/**
 * A kind of work. `run` must be able to go on after a crash at any moment, from what lies in the folder: it is called
 * again with the same job. It resolves when all is done. A rejection with `disk_full` pauses the job with that
 * reason, any other fails it; both can be resumed.
 */
export type JobKind = {
  readonly name: string;
  readonly run: (job: Job, context: JobContext) => Promise<void>;
};
