/** Room on the disk that holds the models, asked before a fetch and named in the error when there is too little. */
import { statfs } from 'node:fs/promises';

import { AntiphonError } from '../errors.ts';

/** Left free beside what is fetched, so that logs and databases on the same disk can still write. */
const reserveBytes = 16 * 1024 * 1024;

/** Bytes an ordinary user may still write on the disk of `dir`, which must exist. */
export async function freeBytes(dir: string): Promise<number> {
  const stats = await statfs(dir);
  return stats.bavail * stats.bsize;
}

/** Errors: disk_full when `needBytes` and a small reserve do not fit on the disk of `dir`. */
export async function ensureFreeSpace(options: { dir: string; needBytes: number; purpose: string }): Promise<void> {
  const free = await freeBytes(options.dir);
  const need = options.needBytes + reserveBytes;
  if (free >= need) return;
  throw new AntiphonError(
    'disk_full',
    `${options.purpose} needs ${formatMegabytes(need)} free, and the disk of the models folder has ${formatMegabytes(free)}. `
      + 'Free some room, or point ANTIPHON_MODELS_DIR at a larger disk.',
    { param: 'ANTIPHON_MODELS_DIR' },
  );
}

/** A failed write as disk_full where the disk or the user's quota was the reason; anything else unchanged. */
export function asDiskFull(thrown: unknown, purpose: string): unknown {
  if (!isNoSpace(thrown)) return thrown;
  return new AntiphonError(
    'disk_full',
    `The disk filled up while ${purpose} was written. Free some room, or point ANTIPHON_MODELS_DIR at a larger disk.`,
    { param: 'ANTIPHON_MODELS_DIR', cause: thrown },
  );
}

/** `63.2 MB`, decimal, as shops and `df -H` count. */
export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function isNoSpace(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT');
}
