/** Where tests find real models: the artefacts pulled into ANTIPHON_MODELS_DIR or ~/.antiphon/models. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type LocalModel = {
  readonly directory: string;
  /** Set where the file is not on this machine: the reason to skip the tests that need it. */
  readonly missing: string | undefined;
};

export function localModel(artefact: { folder: string; file: string }): LocalModel {
  const directory = join(process.env['ANTIPHON_MODELS_DIR'] ?? join(homedir(), '.antiphon', 'models'), artefact.folder);
  const isHere = existsSync(join(directory, artefact.file));
  return { directory, missing: isHere ? undefined : `${artefact.folder} has not been pulled to this machine` };
}
