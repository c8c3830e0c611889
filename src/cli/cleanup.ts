/** `antiphon cleanup`: removes what nobody needs any more; whether the server runs or not. */
import type { Command } from 'commander';
import { buildHousekeeping } from '../build-housekeeping.ts';
import { totalOf } from '../operations/housekeeping/housekeeping.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import { exitCodes, readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';
import { withAccess } from './open-access.ts';

type CleanUpFlags = GlobalOptions & { readonly dryRun?: boolean };

export function registerCleanUpCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('cleanup').description('remove what nobody needs any more: abandoned uploads, expired sentences, old records; the server does so every hour'))
    .option('--dry-run', 'only say what would go')
    .addHelpText('after', '\nExamples:\n  antiphon cleanup --dry-run\n  antiphon cleanup')
    .action(async (flags: CleanUpFlags) => {
      const { config } = readConfig(context, flags);
      const report = await withAccess(config, ({ database }) => buildHousekeeping({ config, database, log: createSilentLogger() }).run({ dryRun: flags.dryRun === true }));
      if (report.lines.some(({ failure }) => failure !== undefined)) process.exitCode = exitCodes.failed;
      if (flags.json === true) return void context.output.write(`${JSON.stringify(report, null, 2)}\n`);
      for (const { what, items, bytes, failure } of report.lines) context.output.write(`${failure === undefined ? `${String(items).padStart(6)}  ${megabytes(bytes).padStart(9)}` : 'failed'.padStart(17)}  ${what}${failure === undefined ? '' : `: ${failure}`}\n`);
      const { items, bytes } = totalOf(report);
      context.output.write(flags.dryRun === true ? `${items} would go, ${megabytes(bytes)}.\n` : `${items} removed, ${megabytes(bytes)} freed.\n`);
    });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
