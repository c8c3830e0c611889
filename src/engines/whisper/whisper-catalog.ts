/** Which Whisper models lie in some directories: folders as faster-whisper has them, read without the weights. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { languageCodes } from '../../text/languages.ts';
import type { TranscriptionModelInfo } from '../kinds.ts';
import type { VocabularyFile } from './whisper-tokenizer.ts';

export type WhisperFolder = {
  readonly info: TranscriptionModelInfo;
  readonly path: string;
  readonly vocabulary: VocabularyFile['kind'];
};

/** A folder with a model that cannot be used. */
export type WhisperProblem = {
  readonly modelId: string;
  /** In plain words, without a path. */
  readonly reason: string;
};

export type WhisperCatalog = { readonly models: readonly WhisperFolder[]; readonly problems: readonly WhisperProblem[] };

/** Any of them says what the tokens are; the first that is there is read. */
const vocabularies: readonly VocabularyFile['kind'][] = ['tokenizer.json', 'vocabulary.json', 'vocabulary.txt'];

/** What is needed of config.json; models of the first day have no more than this. */
const configSchema = z.object({
  /** Tokens of the languages, in the order of `languageCodes`. */
  lang_ids: z.array(z.int()).optional(),
  /** The blank and the end of the text: 50256 in English-only models, 50257 in all others. */
  suppress_ids_begin: z.array(z.int()).optional(),
});
const englishEndOfText = 50_256;
const usualLanguages = 99;

/**
 * Looks into each directory's direct subdirectories for `model.bin`, `config.json` and a vocabulary. A folder's name is
 * the model's, without `whisper-` or `faster-whisper-` before it. A missing directory is an empty one; of two models of
 * the same name the first found counts (order: directories as given, then names).
 */
export async function readWhisperCatalog(modelDirs: readonly string[]): Promise<WhisperCatalog> {
  const folders = (await Promise.all(modelDirs.map(subdirectories))).flat();
  const entries = await Promise.all(folders.map(readFolder));
  const models = new Map<string, WhisperFolder>();
  const problems: WhisperProblem[] = [];
  for (const entry of entries) {
    if (entry === undefined) continue;
    if ('reason' in entry) problems.push(entry);
    else if (models.has(entry.info.id)) problems.push({ modelId: entry.info.id, reason: 'Another model of the same name was found first.' });
    else models.set(entry.info.id, entry);
  }
  return { models: [...models.values()], problems };
}

type Folder = { readonly path: string; readonly name: string };

/** Sorted by name, without hidden ones; none where it is no directory or may not be read. */
async function subdirectories(directory: string): Promise<Folder[]> {
  try {
    return (await readdir(directory)).filter((name) => !name.startsWith('.')).toSorted().map((name) => ({ path: join(directory, name), name }));
  } catch {
    return [];
  }
}

/** undefined where there is no model of this kind, or its download has not finished. */
async function readFolder({ path, name }: Folder): Promise<WhisperFolder | WhisperProblem | undefined> {
  const id = name.replace(/^(?:faster-)?whisper-(?=[^.])/u, '');
  const bytes = await Promise.all(['model.bin', 'config.json', ...vocabularies].map((file) => bytesOf(join(path, file))));
  const [weights, config, ...lists] = bytes;
  if (weights === undefined || config === undefined) return undefined;
  const vocabulary = vocabularies.find((_, i) => lists[i] !== undefined);
  if (vocabulary === undefined) return { modelId: id, reason: 'tokenizer.json, which belongs beside model.bin, is missing.' };
  const languages = languagesOf(await readFile(join(path, 'config.json'), 'utf8').catch(() => ''));
  if (languages === undefined) return { modelId: id, reason: 'config.json is not the configuration of a Whisper model.' };
  const fileBytes = weights + config + lists[vocabularies.indexOf(vocabulary)]!;
  return { path, vocabulary, info: { id, engine: 'whisper', languages, translates: languages.length > 1, fileBytes } };
}

async function bytesOf(path: string): Promise<number | undefined> {
  const file = await stat(path).catch(() => undefined);
  return file?.isFile() === true ? file.size : undefined;
}

function languagesOf(config: string): readonly string[] | undefined {
  const parsed = configSchema.safeParse(parseJson(config));
  if (!parsed.success) return undefined;
  if (parsed.data.suppress_ids_begin?.includes(englishEndOfText) === true) return ['en'];
  return languageCodes.slice(0, parsed.data.lang_ids?.length ?? usualLanguages);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
