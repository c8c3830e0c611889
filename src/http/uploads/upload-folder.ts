/** The folder in which uploads lie while their requests last. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const ending = '.upload';

export function uploadsFolder(dataDir: string): string {
  return join(dataDir, 'uploads');
}

/** A path that nothing lies at yet; nothing in it comes from the client. The folder is for this user only. */
export async function newUploadPath(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return join(folder, `${randomUUID()}.${process.pid}${ending}`);
}

/** The process that a file in the folder belongs to; undefined of what is no upload. */
export function uploadOwner(name: string): number | undefined {
  const [, pid] = /\.(\d+)\.upload$/.exec(name) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** Removes what a server that was killed has left. Call it before the first request: it cannot tell whose files they are. */
export async function clearUploads(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  await Promise.all(names.filter((name) => name.endsWith(ending)).map((name) => rm(join(folder, name), { force: true })));
}
