/** Where transcripts go and in which formats, decided before anything is begun. */
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { AntiphonError } from '../errors.ts';
import { transcriptFormatNames, transcriptFormats, type TranscriptFormat } from '../transcription/formats/transcript-formats.ts';
import type { Recording } from './transcribe-inputs.ts';

export type TranscriptTarget = { readonly format: TranscriptFormat; readonly path: string };

export type TranscriptTargets =
  | { readonly kind: 'stdout'; readonly format: TranscriptFormat }
  | { readonly kind: 'files'; readonly of: ReadonlyMap<Recording, readonly TranscriptTarget[]> };

export type TargetFlags = { readonly format?: string; readonly output?: string };

/** A folder is made where it is not there, so that no work is lost for want of a place. Errors: input_invalid. */
export async function chooseTargets({ format, output }: TargetFlags, recordings: readonly Recording[]): Promise<TranscriptTargets> {
  const formats = parseFormats(format);
  const isSeveral = recordings.length > 1;
  if (output === undefined || output === '-') {
    const [first = 'text', ...more] = formats;
    if (more.length > 0) throw new AntiphonError('input_invalid', 'Several formats need a folder: -o FOLDER.', { param: '-o' });
    if (isSeveral && first !== 'text') throw new AntiphonError('input_invalid', `Several transcripts as ${first} need a folder: -o FOLDER.`, { param: '-o' });
    return { kind: 'stdout', format: first };
  }
  const isFolder = isSeveral || formats.length > 1 || /[/\\]$/.test(output) || await isExistingFolder(output);
  const of = isFolder
    ? inFolder(output, { recordings, formats: formats.length === 0 ? ['text'] : formats })
    : new Map([[recordings[0]!, [{ format: formats[0] ?? formatOfEnding(output), path: output }]]]);
  refuseClashes(of);
  await prepare([...of.values()].flat(), { makesFolders: isFolder });
  return { kind: 'files', of };
}

function parseFormats(list: string | undefined): TranscriptFormat[] {
  const names = (list ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '');
  return [...new Set(names.map((name) => {
    const format = findFormat(name);
    if (format === undefined) throw new AntiphonError('input_invalid', `"${name}" is no format of a transcript here; use ${transcriptFormatNames.join(', ')}.`, { param: '--format' });
    return format;
  }))];
}

/** By its name or by the ending of its files: `txt` is text. */
function findFormat(name: string): TranscriptFormat | undefined {
  return transcriptFormatNames.find((format) => format === name || transcriptFormats[format].fileExtension === name);
}

function formatOfEnding(path: string): TranscriptFormat {
  const format = findFormat(extname(path).slice(1).toLowerCase());
  if (format === undefined) throw new AntiphonError('input_invalid', `The ending of ${path} says no format; add --format ${transcriptFormatNames.join(', ')}.`, { param: '--format' });
  return format;
}

async function isExistingFolder(path: string): Promise<boolean> {
  return stat(path).then((about) => about.isDirectory(), () => false);
}

function inFolder(folder: string, { recordings, formats }: { readonly recordings: readonly Recording[]; readonly formats: readonly TranscriptFormat[] }): Map<Recording, TranscriptTarget[]> {
  const stems = recordings.map(({ stem }) => stem);
  return new Map(recordings.map((recording) => {
    // `talk.mp3` beside `talk.wav`: the ending tells them apart.
    const isShared = stems.indexOf(recording.stem) !== stems.lastIndexOf(recording.stem);
    const stem = isShared ? `${recording.stem}${extname(recording.path)}` : recording.stem;
    return [recording, formats.map((format) => ({ format, path: join(folder, `${stem}.${transcriptFormats[format].fileExtension}`) }))];
  }));
}

/** No transcript takes the place of another one, nor of a recording. */
function refuseClashes(of: ReadonlyMap<Recording, readonly TranscriptTarget[]>): void {
  const taken = new Set([...of.keys()].map(({ path }) => resolve(path)));
  for (const { path } of [...of.values()].flat()) {
    if (taken.has(resolve(path))) throw new AntiphonError('input_invalid', `${path} would be written over; choose another -o, or fewer files or formats at once.`, { param: '-o' });
    taken.add(resolve(path));
  }
}

async function prepare(targets: readonly TranscriptTarget[], { makesFolders }: { readonly makesFolders: boolean }): Promise<void> {
  for (const folder of new Set(targets.map(({ path }) => dirname(path)))) {
    try {
      if (makesFolders) await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
    } catch (cause) {
      throw new AntiphonError('input_invalid', `${folder} cannot be written.`, { param: '-o', cause });
    }
  }
}
