/** The tasks that look at files: uploads whose server is gone, and folders of jobs that nobody knows. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HousekeepingTask, Removable } from './housekeeping.ts';

type Found = { readonly path: string; readonly bytes: number };

/** Everything below `folder` that `isOver` says so of. */
async function findEntries(folder: string, isOver: (entry: { readonly name: string; readonly changedAt: Date }) => Promise<boolean>): Promise<Removable> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found: Found[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const entry = await stat(path).catch(() => undefined);
    if (entry !== undefined && await isOver({ name, changedAt: entry.mtime })) found.push({ path, bytes: await bytesOf(path) });
  }
  return {
    items: found.length,
    bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
    remove: async () => {
      for (const { path } of found) await rm(path, { recursive: true, force: true });
      return found.reduce((sum, { bytes }) => sum + bytes, 0);
    },
  };
}

async function bytesOf(path: string): Promise<number> {
  const entry = await stat(path).catch(() => undefined);
  if (entry === undefined) return 0;
  if (!entry.isDirectory()) return entry.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => bytesOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

export type UploadTaskOptions = {
  readonly folder: string;
  /** Whose it is, by its name; undefined of what is no upload. */
  readonly ownerOf: (name: string) => number | undefined;
  readonly isAlive: (processId: number) => boolean;
  readonly hours: number;
  readonly now: () => Date;
};

const hourMs = 3_600_000;

export function uploadTask({ folder, ownerOf, isAlive, hours, now }: UploadTaskOptions): HousekeepingTask {
  return {
    id: 'uploads',
    what: `uploads older than ${hours} h whose server is gone`,
    find: () => findEntries(folder, async ({ name, changedAt }) => {
      const owner = ownerOf(name);
      return owner !== undefined && !isAlive(owner) && now().getTime() - changedAt.getTime() > hours * hourMs;
    }),
  };
}

/** A folder is made before its job is noted: a young one may be just that. */
const youngMs = 24 * hourMs;

export function jobFolderTask({ folder, isKnown, now }: { readonly folder: string; readonly isKnown: (id: string) => Promise<boolean>; readonly now: () => Date }): HousekeepingTask {
  return {
    id: 'job-folders',
    what: 'folders of jobs that were never begun, or are gone',
    find: () => findEntries(folder, async ({ name, changedAt }) => now().getTime() - changedAt.getTime() > youngMs && !await isKnown(name)),
  };
}
