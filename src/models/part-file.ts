/** A file on its way in: hashed while it is written, and given its name only when size and digest are right. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

import { AntiphonError } from '../errors.ts';
import { asDiskFull } from './free-space.ts';

export type PartFile = {
  /** Bytes written so far, those found at the start included. */
  readonly size: number;
  /** Errors: model_file_invalid past the expected size, disk_full (the part is removed then). */
  write(chunk: Uint8Array): Promise<void>;
  /** Forgets what was written. */
  restart(): Promise<void>;
  /** Flushes to disk and closes; true where size and digest are the expected ones. */
  finish(): Promise<boolean>;
  /** Closes and keeps what is there, for a later resume. Idempotent, also after finish(). */
  close(): Promise<void>;
};

/** Opens `path`, making its folder. With `resume`, bytes of an earlier attempt are hashed and kept. */
export async function openPartFile(options: {
  path: string;
  expectedBytes: number;
  sha256: string;
  resume: boolean;
  signal: AbortSignal;
}): Promise<PartFile> {
  await mkdir(path.dirname(options.path), { recursive: true });
  let hash = createHash('sha256');
  let size = 0;
  if (options.resume && (await fileSize(options.path)) <= options.expectedBytes) {
    size = await hashInto(hash, options.path, options.signal);
  }
  if (size === 0) hash = createHash('sha256');
  let handle: FileHandle | undefined = await openHandle(options.path, size);

  async function close(): Promise<void> {
    const closing = handle;
    handle = undefined;
    await closing?.close();
  }

  /** On a full disk the part goes, so that the machine can breathe again. */
  async function afterFailedWrite(thrown: unknown): Promise<unknown> {
    await close();
    const failure = asDiskFull(thrown, path.basename(options.path, '.part'));
    if (failure !== thrown) await rm(options.path, { force: true });
    return failure;
  }

  return {
    get size() {
      return size;
    },
    async write(chunk) {
      if (handle === undefined) throw new Error('part file is closed');
      if (size + chunk.length > options.expectedBytes) {
        throw new AntiphonError('model_file_invalid', `sent more than the expected ${options.expectedBytes} bytes`);
      }
      try {
        await handle.writeFile(chunk);
      } catch (thrown) {
        throw await afterFailedWrite(thrown);
      }
      hash.update(chunk);
      size += chunk.length;
    },
    async restart() {
      await close();
      hash = createHash('sha256');
      size = 0;
      handle = await openHandle(options.path, 0);
    },
    async finish() {
      // Some file systems only find out at the flush that there is no room.
      try {
        await handle?.sync();
      } catch (thrown) {
        throw await afterFailedWrite(thrown);
      }
      await close();
      return size === options.expectedBytes && hash.digest('hex') === options.sha256;
    },
    close,
  };
}

/** Bytes of a file, or -1 where it is absent. */
export async function fileSize(filePath: string): Promise<number> {
  try {
    return (await stat(filePath)).size;
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR')) return -1;
    throw thrown;
  }
}

/** Lower-case hex digest of a file, read in small pieces. */
export async function hashFile(filePath: string, options: { signal: AbortSignal; onBytes?: (bytes: number) => void }): Promise<string> {
  const hash = createHash('sha256');
  await hashInto(hash, filePath, options.signal, options.onBytes);
  return hash.digest('hex');
}

/** Moves a file, making the folder it goes to. */
export async function moveFile(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await rename(from, to);
}

async function hashInto(hash: Hash, filePath: string, signal: AbortSignal, onBytes?: (bytes: number) => void): Promise<number> {
  if ((await fileSize(filePath)) < 0) return 0;
  let size = 0;
  const chunks: AsyncIterable<Buffer> = createReadStream(filePath, { highWaterMark: 256 * 1024, signal });
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.length;
    onBytes?.(chunk.length);
  }
  return size;
}

async function openHandle(filePath: string, size: number): Promise<FileHandle> {
  try {
    return await open(filePath, size === 0 ? 'w' : 'a');
  } catch (thrown) {
    throw asDiskFull(thrown, path.basename(filePath, '.part'));
  }
}
