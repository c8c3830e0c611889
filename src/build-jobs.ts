/** Durable jobs and the kinds of work that run as such, built for the runtime. A new kind is a new entry here. */
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import type { SpeechPool } from './dispatch/speech-pool.ts';
import type { JobPlace } from './jobs/job.ts';
import { createJobRunner, type JobRunner } from './jobs/runner.ts';
import { createLongFormKind } from './speech/long-form/long-form-kind.ts';
import { createLongFormPlanner, type LongFormPlanner } from './speech/long-form/plan-long-form.ts';
import type { SpeechMarks } from './speech/marking/speech-marks.ts';
import type { VoiceCatalog } from './speech/voice-catalog.ts';
import type { Database } from './store/database.ts';
import { createJobStore } from './store/jobs.ts';
import type { Dictionary } from './text/pronunciation/dictionary.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';

export type Jobs = { readonly runner: JobRunner; readonly longForm: LongFormPlanner };

export type BuildJobsOptions = {
  readonly marks: SpeechMarks;
  readonly database: Database;
  readonly config: Config;
  readonly place: JobPlace;
  readonly workers: number;
  readonly catalog: VoiceCatalog;
  readonly pool: SpeechPool;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly dictionaryOf: (owner: string) => Promise<Dictionary | undefined>;
};

export function buildJobs({ marks, database, config, place, workers, catalog, pool, clock, metrics, log, dictionaryOf }: BuildJobsOptions): Jobs {
  const kinds = [createLongFormKind({ catalog, pool, config: config.speech, sentencesAhead: sentencesAhead(config.jobs.workers, workers, place), clock, metrics, dictionaryOf, marks })];
  return {
    runner: createJobRunner({ store: createJobStore(database), kinds, dataDir: config.dataDir, place, concurrency: config.jobs.concurrency, maxOpen: config.jobs.maxOpen, clock, log }),
    longForm: createLongFormPlanner({ catalog, config }),
  };
}

/** One sentence a worker where some are to be kept free; else two more than workers, so that none waits while a sentence is written down. */
function sentencesAhead(allowed: number, workers: number, place: JobPlace): number {
  return place === 'server' && allowed > 0 && allowed < workers ? allowed : workers + 2;
}
