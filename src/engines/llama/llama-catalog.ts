/** Which models in GGUF files lie in some directories, read from their headers. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toAntiphonError } from '../../errors.ts';
import type { ChatModelInfo } from '../kinds.ts';
import { readGgufHeader, type GgufHeader } from './gguf-header.ts';

export type LlamaFile = { readonly info: ChatModelInfo; readonly path: string; readonly header: GgufHeader };

/** A file that cannot be used. */
export type LlamaProblem = { readonly modelId: string; /** In plain words, without a path. */ readonly reason: string };

export type LlamaCatalog = { readonly models: readonly LlamaFile[]; readonly problems: readonly LlamaProblem[] };

export type LlamaDirectories = {
  /** Of artefacts: a folder a model, whose name is the model's. */
  readonly modelsDir: string;
  /** Where users drop files: a file a model, whose name is the model's. */
  readonly ggufDir: string;
};

/** Encoders among GGUF files, which hold no conversation. */
const encoders = new Set(['bert', 'nomic-bert', 'nomic-bert-moe', 'jina-bert-v2', 'jina-bert-v3', 'modern-bert', 'neo-bert', 'eurobert', 't5encoder', 'gemma-embedding', 'clip', 'whisper']);

/** A header takes a tenth of a second; what has not changed is not read again. */
const known = new Map<string, { readonly stamp: string; readonly entry: LlamaFile | LlamaProblem }>();

/** A missing directory is an empty one; of two models of the same name the first counts, artefacts before files. */
export async function readLlamaCatalog({ modelsDir, ggufDir }: LlamaDirectories): Promise<LlamaCatalog> {
  const folders = (await namesIn(modelsDir)).map((name) => join(modelsDir, name));
  const paths = [...(await Promise.all(folders.map(ggufFilesIn))).flat(), ...(await ggufFilesIn(ggufDir))];
  const models = new Map<string, LlamaFile>();
  const problems: LlamaProblem[] = [];
  for (const path of paths) {
    const entry = await readFile(path, dirname(path) === ggufDir ? basename(path, '.gguf') : basename(dirname(path)));
    if (entry === undefined) continue;
    if ('reason' in entry) problems.push(entry);
    else if (models.has(entry.info.id)) problems.push({ modelId: entry.info.id, reason: 'Another model of the same name was found first.' });
    else models.set(entry.info.id, entry);
  }
  return { models: [...models.values()], problems };
}

/** Sorted, without hidden ones; none where it is no directory or may not be read. */
async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).filter((name) => !name.startsWith('.')).toSorted();
}

/** Of a model in several files the first, which stands for all. */
async function ggufFilesIn(directory: string): Promise<string[]> {
  const names = (await namesIn(directory)).filter((name) => name.endsWith('.gguf'));
  return names.filter((name) => !/-(?!0*1-of-)\d+-of-\d+\.gguf$/u.test(name)).map((name) => join(directory, name));
}

async function readFile(path: string, id: string): Promise<LlamaFile | LlamaProblem | undefined> {
  const file = await stat(path).catch(() => undefined);
  if (file?.isFile() !== true) return undefined;
  const stamp = `${file.size} ${file.mtimeMs} ${id}`;
  const before = known.get(path);
  if (before?.stamp === stamp) return before.entry;
  const entry = await readGgufHeader(path).then((header) => toEntry(path, id, header), (error: unknown) => ({ modelId: id, reason: toAntiphonError(error).message }));
  known.set(path, { stamp, entry });
  return entry;
}

function toEntry(path: string, id: string, header: GgufHeader): LlamaFile | LlamaProblem {
  if (encoders.has(header.architecture)) return { modelId: id, reason: `It is no model to converse with but an encoder (${header.architecture}).` };
  if (header.chatTemplate === undefined) return { modelId: id, reason: 'It has no chat template: it was not made to converse. Take the "instruct" or "chat" version.' };
  return { path, header, info: { id, engine: 'llama', parameters: header.parameters, trainedContextTokens: header.contextTokens, fileBytes: header.fileBytes } };
}
