/** `antiphon usage`: what was used, by key and kind of work, or the whole ledger as CSV. */
import type { Command } from 'commander';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toCsv } from '../access/usage-export.ts';
import { AntiphonError } from '../errors.ts';
import { createUsageLedger } from '../store/usage-ledger.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';
import { withAccess } from './open-access.ts';

type UsageFlags = GlobalOptions & { readonly since?: string; readonly until?: string; readonly key?: string; readonly csv?: string };

const monthMs = 30 * 86_400_000;

export function registerUsageCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('usage').description('what was used, by key and kind of work (default: the last 30 days)'))
    .option('--since <date>', 'from then on, as 2026-12-01 or 2026-12-01T08:00:00Z')
    .option('--until <date>', 'before then')
    .option('--key <id>', 'of one key')
    .option('--csv <file>', 'write the rows of the ledger to a file, or - for the standard output')
    .addHelpText('after', '\nExamples:\n  antiphon usage\n  antiphon usage --since 2026-12-01 --csv december.csv')
    .action(async (flags: UsageFlags) => run(flags, context));
}

async function run(flags: UsageFlags, context: CommandContext): Promise<void> {
  const until = dateOf(flags.until, '--until') ?? new Date();
  const since = dateOf(flags.since, '--since') ?? new Date(until.getTime() - monthMs);
  const query = { owner: undefined, keyId: flags.key, since: since.toISOString(), until: until.toISOString() };
  await withAccess(readConfig(context, flags).config, async ({ database, keys }) => {
    const ledger = createUsageLedger(database);
    if (flags.csv !== undefined) {
      const rows = Readable.from(toCsv(ledger, query));
      if (flags.csv === '-') for await (const lines of rows) context.output.write(lines as string);
      else await pipeline(rows, createWriteStream(flags.csv));
      return;
    }
    const totals = await ledger.totals(query);
    if (flags.json === true) return void context.output.write(`${JSON.stringify({ since: query.since, until: query.until, totals }, null, 2)}\n`);
    if (totals.length === 0) return void context.output.write('Nothing was used in this time.\n');
    const names = new Map((await keys.list()).map((key) => [key.id, `${key.user.name} ${key.preview}`]));
    for (const { key_id: key, plan, action, requests, characters, audio_seconds: audio, compute_seconds: compute } of totals) {
      context.output.write(`${(names.get(key) ?? (key === '' ? 'without a key' : key)).padEnd(28)} ${plan.padEnd(10)} ${action.padEnd(13)} ${String(requests).padStart(7)} requests ${String(characters).padStart(9)} characters ${audio.toFixed(1).padStart(9)} s of audio ${compute.toFixed(1).padStart(8)} s computed\n`);
    }
  });
}

function dateOf(text: string | undefined, flag: string): Date | undefined {
  if (text === undefined) return undefined;
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new AntiphonError('input_invalid', `${flag} must be a date such as 2026-12-01, not "${text}".`, { param: flag });
  return date;
}
