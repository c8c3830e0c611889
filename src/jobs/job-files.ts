/** A job's folder: made whole before the job is acknowledged, and removed with it. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AntiphonError } from '../errors.ts';

/** Opens a file as node:fs/promises does; tests put a failing disk in its place. */
export type OpenFile = typeof open;

export function jobsFolder(dataDir: string): string {
  return join(dataDir, 'jobs');
}

/** Writes the files and their folder through to the disk. Errors: disk_full. */
export async function makeJobFolder(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) await writeThrough(join(folder, name), content);
    await syncFolder(folder);
    await syncFolder(join(folder, '..'));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw fromDisk(error);
  }
}

async function writeThrough(path: string, content: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whole or not at all, and on the disk when it resolves. Errors: disk_full. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const part = `${path}.part`;
  try {
    await writeThrough(part, content);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw fromDisk(error);
  }
}

/** A new name in a folder is on the disk only once the folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network mounts cannot; there the file's own sync has to do.
    if (!hasCode(error, ['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR'])) throw error;
  } finally {
    await handle.close();
  }
}

/** What the disk says, as an error of the table where it is one that a person can mend. */
export function fromDisk(error: unknown): unknown {
  if (!hasCode(error, ['ENOSPC', 'EDQUOT', 'EFBIG'])) return error;
  return new AntiphonError('disk_full', 'The disk of dataDir has no room left for the job; make room and resume it.', { cause: error });
}

export function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
