/** The note that an artefact was verified, so that a start need not hash hundreds of megabytes again. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

import type { Artefact } from './catalog.ts';

const markerName = '.ready.json';
const markerSchema = z.object({ files: z.record(z.string(), z.string()) });

/** True where this artefact was verified with the digests that the catalog names today. */
export async function hasReadyMarker(artefactDir: string, artefact: Artefact): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(path.join(artefactDir, markerName), 'utf8');
  } catch {
    return false;
  }
  const marker = markerSchema.safeParse(parseJson(text));
  return marker.success && artefact.files.every((file) => marker.data.files[file.path] === file.sha256);
}

/** Written after every file has its name. */
export async function writeReadyMarker(artefactDir: string, artefact: Artefact): Promise<void> {
  const files = Object.fromEntries(artefact.files.map((file) => [file.path, file.sha256]));
  const markerPath = path.join(artefactDir, markerName);
  await writeFile(`${markerPath}.new`, JSON.stringify({ files }));
  await rename(`${markerPath}.new`, markerPath);
}

export async function removeReadyMarker(artefactDir: string): Promise<void> {
  await rm(path.join(artefactDir, markerName), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
