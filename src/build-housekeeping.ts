/** Housekeeping, built for the server and for the command that does it by hand. */
import { buildCacheFiles } from './build-cache.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import { uploadOwner, uploadsFolder } from './http/uploads/upload-folder.ts';
import { jobsFolder } from './jobs/job-files.ts';
import { jobFolderTask, uploadTask } from './operations/housekeeping/file-tasks.ts';
import { createHousekeeping, type Housekeeping, type HousekeepingTask } from './operations/housekeeping/housekeeping.ts';
import type { CacheFiles } from './speech/cache/cache-files.ts';
import type { Database } from './store/database.ts';
import { createJobStore } from './store/jobs.ts';
import { createOldRecords } from './store/old-records.ts';
import type { Logger } from './telemetry/logger.ts';

export type BuildHousekeepingOptions = { readonly config: Config; readonly database: Database; readonly log: Logger; readonly cacheFiles?: CacheFiles };

const dayMs = 86_400_000;
const everyMs = 3_600_000;

export function buildHousekeeping({ config, database, log, cacheFiles = buildCacheFiles(config) }: BuildHousekeepingOptions): Housekeeping {
  const now = () => new Date();
  const { isKnown } = createJobStore(database);
  const tasks: HousekeepingTask[] = [
    uploadTask({ folder: uploadsFolder(config.dataDir), ownerOf: uploadOwner, isAlive, hours: config.housekeeping.uploadHours, now }),
    jobFolderTask({ folder: jobsFolder(config.dataDir), isKnown, now }),
    {
      id: 'cache',
      what: 'kept sentences that have expired, or for which there is no room',
      find: async () => {
        const maxBytes = config.cache.enabled ? config.cache.maxBytes : 0;
        const { items, bytes } = await cacheFiles.surplus(maxBytes);
        return { items, bytes, remove: () => cacheFiles.evict(maxBytes) };
      },
    },
    {
      id: 'records',
      what: `records of requests older than ${config.housekeeping.recordDays} days`,
      find: async () => {
        const records = createOldRecords(database);
        const before = new Date(now().getTime() - config.housekeeping.recordDays * dayMs).toISOString();
        return {
          items: await records.count(before),
          bytes: 0,
          remove: async () => {
            await records.remove(before);
            return 0;
          },
        };
      },
    },
  ];
  return createHousekeeping({ tasks, now, log });
}

/** At once, and then every hour. */
export function keepHouse({ housekeeping, clock, mayWrite }: { readonly housekeeping: Housekeeping; readonly clock: Clock; /** A read-only house is left as it is. */ readonly mayWrite: () => Promise<boolean> }): { readonly close: () => Promise<void> } {
  const closing = new AbortController();
  const running = (async () => {
    while (!closing.signal.aborted) {
      if (await mayWrite()) await housekeeping.run({ dryRun: false });
      await clock.sleep(everyMs, closing.signal).catch(() => undefined);
    }
  })();
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // It is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
