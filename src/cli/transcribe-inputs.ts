/** Which recordings a command is about: files, what folders hold, or standard input. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AntiphonError } from '../errors.ts';

export type Recording = {
  /** As people are told of it. */
  readonly name: string;
  readonly path: string;
  /** Its place below an output folder, without an ending: `talks/monday`. */
  readonly stem: string;
};

export type FindOptions = {
  readonly isRecursive: boolean;
  /** By content; files that were named themselves are not asked about. */
  readonly isMedia: (path: string) => Promise<boolean>;
};

/** In the order given, what is in a folder by name. Errors: input_invalid. */
export async function findRecordings(paths: readonly string[], options: FindOptions): Promise<Recording[]> {
  const found: Recording[] = [];
  for (const path of paths) {
    const about = await stat(path).catch((cause: unknown) => {
      throw new AntiphonError('input_invalid', `${path} cannot be read.`, { param: 'file', cause });
    });
    if (!about.isDirectory()) found.push({ name: path, path, stem: withoutEnding(basename(path)) });
    else found.push(...await searchFolder(path, options));
  }
  return found;
}

async function searchFolder(folder: string, { isRecursive, isMedia }: FindOptions): Promise<Recording[]> {
  const entries = await readdir(folder, { recursive: isRecursive, withFileTypes: true });
  const files = entries.filter((entry) => !entry.name.startsWith('.') && !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const found: Recording[] = [];
  for (const path of files.toSorted()) {
    const isFile = await stat(path).then((about) => about.isFile(), () => false);
    if (isFile && await isMedia(path)) found.push({ name: path, path, stem: withoutEnding(relative(folder, path)) });
  }
  if (found.length === 0) throw new AntiphonError('input_invalid', `${folder} holds no audio or video${isRecursive ? '' : '; --recursive looks into its folders, too'}.`, { param: 'file' });
  return found;
}

/** Readers jump about in a recording, which a pipe does not allow; so it is written to a file that `remove` takes away. */
export async function keepStandardInput(input: NodeJS.ReadableStream & { readonly isTTY?: boolean }, signal: AbortSignal): Promise<{ readonly recording: Recording; readonly remove: () => Promise<void> }> {
  if (input.isTTY === true) throw new AntiphonError('input_empty', 'Nothing comes from standard input: pipe a recording in, or name a file.', { param: 'file' });
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-transcribe-'));
  const path = join(folder, 'recording');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(input, createWriteStream(path, { mode: 0o600 }), { signal });
  } catch (cause) {
    await remove();
    signal.throwIfAborted();
    throw new AntiphonError('input_invalid', 'Standard input could not be kept in a temporary file.', { param: 'file', cause });
  }
  return { recording: { name: 'standard input', path, stem: 'standard-input' }, remove };
}

function withoutEnding(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}
