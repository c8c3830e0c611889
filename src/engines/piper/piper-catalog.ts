/** Which Piper voices lie in some directories: pairs of `name.onnx` and `name.onnx.json`, read without the weights. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SpeechModelInfo, Voice } from '../kinds.ts';
import { readPiperConfig } from './piper-config.ts';
import type { PiperConfig } from './piper-config.ts';

export type PiperVoiceFile = {
  readonly info: SpeechModelInfo;
  readonly config: PiperConfig;
  readonly modelPath: string;
};

/** A pair of files that is there and cannot be used. */
export type PiperVoiceProblem = {
  /** The file name without `.onnx`. */
  readonly modelId: string;
  /** In plain words, without a path. */
  readonly reason: string;
};

export type PiperCatalog = { readonly voices: readonly PiperVoiceFile[]; readonly problems: readonly PiperVoiceProblem[] };

type Cached = { readonly stamp: string; readonly entry: PiperVoiceFile | PiperVoiceProblem };

/**
 * A reader that looks into each directory and its direct subdirectories at every call, and reads a voice's JSON
 * again only when the size or time of a file of the pair changed. A missing directory is an empty one. Of two
 * voices of the same name the first found counts (order: directories as given, then names).
 */
export function createPiperCatalogReader(voiceDirs: readonly string[]): () => Promise<PiperCatalog> {
  let cache = new Map<string, Cached>();

  return async () => {
    const paths = (await Promise.all(voiceDirs.map(modelPathsIn))).flat();
    const found = await Promise.all(paths.map(async (path) => [path, await readPair(path, cache.get(path))] as const));
    const next = new Map<string, Cached>();
    const voices = new Map<string, PiperVoiceFile>();
    const problems: PiperVoiceProblem[] = [];
    for (const [path, cached] of found) {
      if (cached === undefined) continue;
      next.set(path, cached);
      const { entry } = cached;
      if ('reason' in entry) problems.push(entry);
      else if (voices.has(entry.info.id)) problems.push({ modelId: entry.info.id, reason: 'Another voice of the same name was found first.' });
      else voices.set(entry.info.id, entry);
    }
    cache = next;
    return { voices: [...voices.values()], problems };
  };
}

async function modelPathsIn(directory: string): Promise<string[]> {
  const entries = await listDirectory(directory);
  const nested = await Promise.all(
    entries.filter((entry) => !isModelName(entry)).map(async (entry) => (await listDirectory(join(directory, entry))).map((name) => join(entry, name))),
  );
  return [...entries, ...nested.flat()].filter(isModelName).map((name) => join(directory, name));
}

/** Sorted names; none where it is no directory or may not be read. */
async function listDirectory(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch {
    return [];
  }
}

function isModelName(name: string): boolean {
  return name.endsWith('.onnx');
}

/** undefined where there is no pair: an ONNX file of another engine, or a download that has not finished. */
async function readPair(modelPath: string, cached: Cached | undefined): Promise<Cached | undefined> {
  const modelId = basename(modelPath, '.onnx');
  const configPath = `${modelPath}.json`;
  try {
    const [model, config] = await Promise.all([stat(modelPath), stat(configPath)]);
    if (!model.isFile() || !config.isFile()) return undefined;
    const stamp = [model.size, model.mtimeMs, config.size, config.mtimeMs].join(' ');
    if (cached?.stamp === stamp) return cached;
    const read = readPiperConfig(await readFile(configPath, 'utf8'));
    if ('problem' in read) return { stamp, entry: { modelId, reason: read.problem } };
    const info = describeVoice(modelId, { config: read.config, fileBytes: model.size + config.size, revision: stamp });
    return { stamp, entry: { info, config: read.config, modelPath } };
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    return { stamp: '', entry: { modelId, reason: 'The files of the voice cannot be read.' } };
  }
}

function describeVoice(modelId: string, { config, fileBytes, revision }: { config: PiperConfig; fileBytes: number; revision: string }): SpeechModelInfo {
  const ownName = nameForPeople(config.dataset ?? modelId.split('-')[1] ?? modelId);
  const firstName = config.speakers[0] === undefined ? ownName : `${ownName} ${config.speakers[0].name}`;
  const voices: Voice[] = [{ id: modelId, name: firstName, language: config.language, gender: 'unknown' }];
  for (const speaker of config.speakers) {
    voices.push({ id: `${modelId}:${speaker.name}`, name: `${ownName} ${speaker.name}`, language: config.language, gender: 'unknown' });
  }
  return { id: modelId, engine: 'piper', voices, sampleRateHz: config.sampleRateHz, fileBytes, revision };
}

function nameForPeople(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
