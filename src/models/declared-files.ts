/**
 * Files whose size and digest the catalog does not know but the hub declares: asked before the first fetch, verified
 * against like any other, and remembered beside the files, so that a hub that changes its mind is found out.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

import { AntiphonError } from '../errors.ts';
import type { Artefact, ModelFile } from './catalog.ts';

const memoryName = '.declared.json';
const memorySchema = z.record(z.string(), z.object({ bytes: z.int().positive(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }));
type Declared = z.infer<typeof memorySchema>;

/** The artefact with what was declared for its files, where they were asked for before; else as the catalog has it. */
export async function withDeclared(artefactDir: string, artefact: Artefact): Promise<Artefact> {
  return artefact.files.some(isUndeclared) ? apply(artefact, await readMemory(artefactDir)) : artefact;
}

/** Asks for what is not known yet. Errors: model_source_unreachable, model_file_invalid, the signal's reason. */
export async function declareFiles(options: {
  artefact: Artefact;
  artefactDir: string;
  /** Where a file is asked for: its first source on a hub, or on the mirror. */
  address: (file: ModelFile) => URL | undefined;
  fetch: typeof globalThis.fetch;
  timeoutMs: number;
  signal: AbortSignal;
}): Promise<Artefact> {
  const { artefact, artefactDir, address, signal } = options;
  const unknown = artefact.files.filter(isUndeclared);
  if (unknown.length === 0) return artefact;
  const declared: Declared = { ...await readMemory(artefactDir) };
  for (const file of unknown) {
    const url = address(file);
    if (url === undefined) throw new AntiphonError('model_source_unreachable', `${artefact.id} has no hub that could declare ${file.path}.`);
    declared[file.path] ??= await ask(url, options);
    signal.throwIfAborted();
  }
  await writeMemory(artefactDir, declared);
  return apply(artefact, declared);
}

function isUndeclared({ sha256 }: ModelFile): boolean {
  return sha256 === '';
}

function apply(artefact: Artefact, declared: Declared): Artefact {
  const files = artefact.files.map((file) => (isUndeclared(file) ? { ...file, ...declared[file.path] } : file));
  return { ...artefact, files, totalBytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

/** The hub says both on its way to where the file really lies, which is why the way is not followed. */
async function ask(url: URL, { fetch, timeoutMs, signal }: { fetch: typeof globalThis.fetch; timeoutMs: number; signal: AbortSignal }): Promise<Declared[string]> {
  let response: Response;
  try {
    response = await fetch(url, { method: 'HEAD', redirect: 'manual', headers: { 'accept-encoding': 'identity' }, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
  } catch (cause) {
    signal.throwIfAborted();
    throw new AntiphonError('model_source_unreachable', `${url.host} did not say what the file is: no answer in ${timeoutMs / 1000} s, or no connection.`, { cause });
  }
  if (response.status >= 400) throw new AntiphonError('model_source_unreachable', `${url.host} answered HTTP ${response.status}.`);
  const sha256 = /^(?:W\/)?"?([0-9a-f]{64})"?$/i.exec(response.headers.get('x-linked-etag') ?? '')?.[1]?.toLowerCase();
  const bytes = Number(response.headers.get('x-linked-size') ?? Number.NaN);
  if (sha256 === undefined || !Number.isSafeInteger(bytes) || bytes < 1) throw new AntiphonError('model_file_invalid', `${url.host} does not declare a digest and a size of the file, so that it could not be verified.`);
  return { bytes, sha256 };
}

async function readMemory(artefactDir: string): Promise<Declared> {
  try {
    return memorySchema.parse(JSON.parse(await readFile(path.join(artefactDir, memoryName), 'utf8')));
  } catch {
    return {};
  }
}

async function writeMemory(artefactDir: string, declared: Declared): Promise<void> {
  await mkdir(artefactDir, { recursive: true });
  const target = path.join(artefactDir, memoryName);
  await writeFile(`${target}.new`, JSON.stringify(declared));
  await rename(`${target}.new`, target);
}
