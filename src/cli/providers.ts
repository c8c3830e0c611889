/** `antiphon providers list|test`: whom else this machine may ask, and whether they answer. */
import type { Command } from 'commander';
import { buildRoster } from '../build-providers.ts';
import { systemClock } from '../clock.ts';
import { workKinds } from '../dispatch/fallback.ts';
import type { ProviderEntry, ProviderRoster } from '../dispatch/provider-roster.ts';
import { tryProvider, type Trial } from '../dispatch/provider-trial.ts';
import { AntiphonError } from '../errors.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';
import { chainsOf, examineProvider, type ProviderFinding } from './provider-findings.ts';

type TestFlags = GlobalOptions & { readonly calls?: boolean };

export function registerProvidersCommand(program: Command, context: CommandContext): void {
  const providers = program.command('providers').description('list and test the providers that may stand in for this machine, or it for them');
  providers.addHelpText('after', '\nExamples:\n  antiphon providers\n  antiphon providers test\n  antiphon providers test groq --calls');

  withGlobalOptions(providers.command('list', { isDefault: true }).description('who is configured, with which models, and in which chains'))
    .action(async (flags: GlobalOptions) => list(flags, context));
  withGlobalOptions(providers.command('test').description('ask whether they are there and take the key, which costs nothing').argument('[ids...]', 'default: those that stand in a chain or have a key'))
    .option('--calls', 'make one tiny call of each kind too, which costs next to nothing')
    .action(async (ids: string[], flags: TestFlags) => test(ids, flags, context));
}

async function list(flags: GlobalOptions, context: CommandContext): Promise<void> {
  const loaded = readConfig(context, flags);
  const { chains } = loaded.config;
  const rows = await Promise.all(buildRoster(loaded).all().map(async ({ id, settings, key }) => ({ id, type: settings.type, base_url: settings.baseUrl, key: (await key.status()).state, models: settings.models, chains: chainsOf(id, chains) })));
  if (flags.json === true) return void context.output.write(`${JSON.stringify({ chains, providers: rows }, null, 2)}\n`);
  for (const kind of workKinds) context.output.write(`${kind.padEnd(14)} ${chains[kind].join(' → ')}\n`);
  for (const row of rows) {
    context.output.write(`\n${row.id} (${row.type}, ${row.base_url})\n    key: ${row.key}; ${row.chains.length === 0 ? 'in no chain' : `in the chain of ${row.chains.join(', ')}`}\n`);
    for (const [kind, model] of Object.entries(row.models)) context.output.write(`    ${kind.padEnd(14)} ${model}\n`);
  }
}

/** Errors: provider_unknown; config_invalid where one of them does not answer as it should. */
async function test(ids: readonly string[], flags: TestFlags, context: CommandContext): Promise<void> {
  const loaded = readConfig(context, flags);
  const roster = buildRoster(loaded);
  const entries = ids.length > 0 ? ids.map(roster.get) : await worthTesting(roster, (id) => chainsOf(id, loaded.config.chains).length > 0);
  const results: { readonly id: string; readonly finding: ProviderFinding; readonly calls: readonly Trial[] }[] = [];
  for (const entry of entries) {
    const finding = await examineProvider(entry, context.interrupted);
    const calls = flags.calls === true && finding.status !== 'error' ? await callAll(entry, context.interrupted) : [];
    results.push({ id: entry.id, finding, calls });
    if (flags.json !== true) print(entry.id, finding, calls, context.output);
  }
  if (flags.json === true) context.output.write(`${JSON.stringify({ providers: results.map(toJson) }, null, 2)}\n`);
  else if (results.length === 0) context.output.write('No provider stands in a chain or has a key: everything stays on this machine.\n');
  const failed = results.filter(({ finding, calls }) => finding.status === 'error' || calls.some(({ error }) => error !== undefined));
  if (failed.length > 0) throw new AntiphonError('config_invalid', `${failed.map(({ id }) => id).join(', ')} did not answer as ${failed.length === 1 ? 'it' : 'they'} should.`);
}

async function worthTesting(roster: ProviderRoster, inChain: (id: string) => boolean): Promise<readonly ProviderEntry[]> {
  const states = await Promise.all(roster.all().map(async (entry) => ({ entry, wanted: inChain(entry.id) || (await entry.key.status()).state === 'present' })));
  return states.filter(({ wanted }) => wanted).map(({ entry }) => entry);
}

async function callAll(entry: ProviderEntry, signal: AbortSignal): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  for (const kind of workKinds.filter((one) => entry.settings.models[one] !== undefined)) trials.push(await tryProvider({ entry, kind, clock: systemClock, signal }));
  return trials;
}

function print(id: string, { status, detail, fix }: ProviderFinding, calls: readonly Trial[], output: NodeJS.WriteStream): void {
  output.write(`${{ ok: '✓', warning: '!', error: '✗' }[status]} ${id}: ${detail}\n${fix === undefined ? '' : `    → ${fix}\n`}`);
  for (const { kind, model, latencyMs, error } of calls) output.write(`  ${error === undefined ? '✓' : '✗'} ${kind} (${model}): ${error === undefined ? `${Math.round(latencyMs)} ms` : error.message}\n`);
}

function toJson({ id, finding, calls }: { readonly id: string; readonly finding: ProviderFinding; readonly calls: readonly Trial[] }) {
  return { id, status: finding.status, detail: finding.detail, fix: finding.fix ?? null, calls: calls.map(({ kind, model, latencyMs, error }) => ({ kind, model, ok: error === undefined, latency_ms: Math.round(latencyMs), error: error === undefined ? null : { code: error.code, message: error.message } })) };
}
