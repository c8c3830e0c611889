/** `antiphon cache`: what is kept of spoken sentences, and its removal; whether the server runs or not. */
import type { Command } from 'commander';
import { buildCacheFiles } from '../build-cache.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';

type ClearFlags = GlobalOptions & { readonly voice?: string };

export function registerCacheCommand(program: Command, context: CommandContext): void {
  const cache = program.command('cache').description('spoken sentences that are kept for whoever asks for the same again')
    .addHelpText('after', '\nExamples:\n  antiphon cache stats\n  antiphon cache clear\n  antiphon cache clear --voice af_heart');

  withGlobalOptions(cache.command('stats', { isDefault: true }).description('how much is kept, voice by voice'))
    .action(async (flags: GlobalOptions) => {
      const { config } = readConfig(context, flags);
      const { entries, bytes, voices } = await buildCacheFiles(config).stats();
      if (flags.json === true) return void context.output.write(`${JSON.stringify({ enabled: config.cache.enabled, entries, bytes, max_bytes: config.cache.maxBytes, voices }, null, 2)}\n`);
      context.output.write(`${entries} sentences, ${megabytes(bytes)} of at most ${megabytes(config.cache.maxBytes)}${config.cache.enabled ? '' : '; the cache is turned off (cache.enabled)'}\n`);
      for (const voice of voices) context.output.write(`  ${voice.shelf.padEnd(44)} ${String(voice.entries).padStart(6)}  ${megabytes(voice.bytes).padStart(9)}\n`);
    });

  withGlobalOptions(cache.command('clear').description('remove what is kept'))
    .option('--voice <voice>', 'only what this voice has said, alone or in a blend')
    .action(async (flags: ClearFlags) => {
      const { entries, bytes } = await buildCacheFiles(readConfig(context, flags).config).clear(flags.voice);
      context.output.write(flags.json === true ? `${JSON.stringify({ entries, bytes })}\n` : `${entries} sentences removed, ${megabytes(bytes)}.\n`);
    });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
