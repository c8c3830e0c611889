/** What every command stands on: where it prints, how it reads its configuration, and how it ends. */
import { CommanderError, type Command } from 'commander';
import { loadConfig, type LoadedConfig } from '../config/load-config.ts';
import { listSettings } from '../config/settings-list.ts';
import { AntiphonError, errorTable, toAntiphonError } from '../errors.ts';

export type CommandContext = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errorOutput: NodeJS.WriteStream;
  /** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process at once. */
  readonly interrupted: AbortSignal;
};

/** Exit codes, in the words of --help. */
export const exitCodes = { ok: 0, failed: 1, wrongUse: 2, environment: 3, interrupted: 130 } as const;

export const exitCodeHelp = `
Exit codes: 0 done · 1 it failed · 2 wrong arguments or text · 3 something on this machine must change first (port, disk, model, configuration) · 130 interrupted`;

export type GlobalOptions = { readonly config?: string; readonly set?: readonly string[]; readonly json?: boolean };

/** Adds what every command takes. */
export function withGlobalOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (default: antiphon.yaml here, if there is one)')
    .option('-s, --set <key=value>', 'override a setting, as `antiphon config` lists them; may be repeated', collect, [])
    .option('--json', 'print JSON for programs');
}

/** Errors: config_invalid. */
export function readConfig({ environment }: CommandContext, options: GlobalOptions, more: Readonly<Record<string, string | number | boolean | undefined>> = {}): LoadedConfig {
  const flags = Object.fromEntries((options.set ?? []).map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, 'true'] : [pair.slice(0, at), pair.slice(at + 1)];
  }));
  const known = new Set(listSettings().map(({ path }) => path));
  const unknown = Object.keys(flags).find((path) => !known.has(path));
  if (unknown !== undefined) throw new AntiphonError('config_invalid', `--set ${unknown}: there is no such setting; \`antiphon config\` lists them all.`, { param: unknown });
  const own = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
  return loadConfig({ environment, flags: { ...flags, ...own }, file: options.config });
}

/** Prints what went wrong for a person (or a program, with --json) and gives the exit code. */
export function reportError(thrown: unknown, { errorOutput, interrupted }: CommandContext, asJson: boolean): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.wrongUse;
  if (interrupted.aborted) return exitCodes.interrupted;
  const error = toAntiphonError(thrown);
  if (asJson) errorOutput.write(`${JSON.stringify({ error: { code: error.code, message: error.message, param: error.param ?? null } })}\n`);
  else errorOutput.write(`antiphon: ${error.message}\n`);
  // A fault of ours is the only one whose stack helps; the others say what to do.
  if (error.code === 'internal' && !asJson) errorOutput.write(`${String(error.cause instanceof Error ? error.cause.stack : error.cause)}\n`);
  const { actor } = errorTable[error.code];
  return actor === 'caller' ? exitCodes.wrongUse : actor === 'operator' ? exitCodes.environment : exitCodes.failed;
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
