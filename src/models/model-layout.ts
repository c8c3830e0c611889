/** Where everything lies below the models folder. */
import path from 'node:path';

import type { Artefact, ModelFile } from './catalog.ts';

/** Paths of one artefact below `modelsDir`. */
export type ArtefactPaths = {
  /** The folder that engines read. */
  readonly dir: string;
  readonly lock: string;
  /** Packages while they are downloaded; emptied before and after. */
  readonly downloads: string;
  file(file: ModelFile): string;
  /** The same file on its way in. */
  part(file: ModelFile): string;
  /** Where a file with a wrong digest is kept for a look. */
  quarantine(file: ModelFile): string;
};

export function artefactPaths(modelsDir: string, artefact: Artefact): ArtefactPaths {
  const dir = path.join(modelsDir, artefact.id);
  const fileAt = (file: ModelFile) => path.join(dir, ...file.path.split('/'));
  return {
    dir,
    lock: path.join(modelsDir, '.work', `${artefact.id}.lock`),
    downloads: path.join(modelsDir, '.work', artefact.id),
    file: fileAt,
    part: (file) => `${fileAt(file)}.part`,
    // One slot a file: a source that is wrong every day must not fill the disk.
    quarantine: (file) => path.join(modelsDir, 'quarantine', `${artefact.id}--${file.path.replaceAll('/', '--')}`),
  };
}
