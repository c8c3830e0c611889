/** Before the first test: the models that tests speak and hear with are fetched, as `antiphon models pull` would. */
import { loadConfig } from '../../src/config/load-config.ts';
import { catalog } from '../../src/models/catalog.ts';
import { createModelStore } from '../../src/models/store.ts';

/** A small model for tests where several languages are not the point. */
const testModels = ['whisper-tiny.en'];

/** Errors never: where no source answers, the tests that need a model say so themselves. */
export async function setup(): Promise<void> {
  const { config } = loadConfig({ environment: process.env, flags: {} });
  const store = createModelStore({ modelsDir: config.modelsDir, catalog, offline: config.models.offline, ...(config.models.mirror === '' ? {} : { mirror: config.models.mirror }) });
  for (const id of [...config.models.prefetch, ...testModels]) {
    await store.pull(id).catch((error: unknown) => process.stderr.write(`The model ${id} could not be fetched: ${String(error)}\n`));
  }
}
