/** `antiphon models list|pull|verify|remove`: what the catalog offers and what of it is here. */
import type { Command } from 'commander';
import { AntiphonError } from '../errors.ts';
import { catalog } from '../models/catalog.ts';
import { createProgressBar } from '../models/progress-bar.ts';
import { createModelStore, type ModelStore } from '../models/store.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';

export function registerModelsCommand(program: Command, context: CommandContext): void {
  const models = program.command('models').description('list, fetch, verify and remove model files');
  models.addHelpText('after', '\nExamples:\n  antiphon models list\n  antiphon models pull kokoro-82m-int8 kokoro-voices\n  antiphon models verify\n  antiphon models remove kokoro-voices');

  withGlobalOptions(models.command('list', { isDefault: true }).description('what the catalog offers and what of it is here'))
    .action(async (flags: GlobalOptions) => list(openStore(flags), context, flags.json === true));
  withGlobalOptions(models.command('pull').description('fetch and verify; resumes where a fetch was cut off').argument('[ids...]', 'default: everything in models.prefetch'))
    .action(async (ids: string[], flags: GlobalOptions) => pull(openStore(flags), ids.length > 0 ? ids : readConfig(context, flags).config.models.prefetch));
  withGlobalOptions(models.command('verify').description('compare every file with its digest').argument('[ids...]', 'default: everything that is here'))
    .action(async (ids: string[], flags: GlobalOptions) => verify(openStore(flags), ids));
  withGlobalOptions(models.command('remove').description('delete model files').argument('<ids...>'))
    .action(async (ids: string[], flags: GlobalOptions) => {
      const store = openStore(flags);
      for (const id of ids) {
        await store.remove(id);
        context.output.write(`${id} removed.\n`);
      }
    });

  function openStore(flags: GlobalOptions): ModelStore {
    const { config } = readConfig(context, flags);
    return createModelStore({ modelsDir: config.modelsDir, catalog, offline: config.models.offline, ...(config.models.mirror === '' ? {} : { mirror: config.models.mirror }) });
  }

  async function pull(store: ModelStore, ids: readonly string[]): Promise<void> {
    const bar = createProgressBar({ output: context.errorOutput });
    for (const id of ids) {
      await store.pull(id, { signal: context.interrupted, onProgress: bar.update });
      bar.close();
      context.output.write(`${id} is here and verified.\n`);
    }
  }

  async function verify(store: ModelStore, ids: readonly string[]): Promise<void> {
    const here = (await store.list()).filter(({ state }) => state.status !== 'absent').map(({ artefact }) => artefact.id);
    let damaged = 0;
    for (const id of ids.length > 0 ? ids : here) {
      const problems = await store.verify(id, { signal: context.interrupted });
      damaged += problems.length;
      context.output.write(problems.length === 0 ? `${id}: every file is right.\n` : `${id}: ${problems.map(({ file, problem }) => `${file} ${problem}`).join(', ')}\n`);
    }
    if (damaged > 0) throw new AntiphonError('model_file_invalid', `${damaged} ${damaged === 1 ? 'file is' : 'files are'} not right; \`antiphon models pull\` fetches them anew.`);
  }
}

async function list(store: ModelStore, { output }: CommandContext, asJson: boolean): Promise<void> {
  const freeBytes = process.availableMemory();
  const rows = (await store.list()).map(({ artefact, state }) => ({ id: artefact.id, state: state.status, bytes: artefact.totalBytes, licence: artefact.licence, languages: artefact.languages, summary: artefact.summary, ...(artefact.converses === undefined ? {} : { fit_for: artefact.converses.fitFor, memory_bytes: artefact.converses.memoryBytes, fits_now: artefact.converses.memoryBytes <= freeBytes }) }));
  if (asJson) return void output.write(`${JSON.stringify({ models: rows }, null, 2)}\n`);
  for (const { id, state, bytes, licence, summary, fit_for: fitFor, memory_bytes: memoryBytes = 0 } of rows) {
    output.write(`${id.padEnd(26)} ${state.padEnd(9)} ${`${Math.round(bytes / 1e6)} MB`.padStart(7)}  ${licence}\n${' '.repeat(27)}${summary}\n`);
    if (fitFor !== undefined) output.write(`${' '.repeat(27)}Fit for ${fitFor}. ${memoryBytes <= freeBytes ? `Its ${gigabytes(memoryBytes)} of memory are free here.` : `Needs ${gigabytes(memoryBytes)} of memory; ${gigabytes(freeBytes)} are free here.`}\n`);
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
