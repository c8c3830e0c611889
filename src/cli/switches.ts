/** `antiphon switches` and `antiphon switch`: what an operator turns while the server runs. */
import type { Command } from 'commander';
import { AntiphonError } from '../errors.ts';
import { createLiveSwitches, type LiveSwitches, type SwitchState } from '../operations/switches/live-switches.ts';
import { switchList, switchNames } from '../operations/switches/switch-list.ts';
import { createSwitchChanges } from '../store/switch-changes.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';
import { withAccess } from './open-access.ts';

type TurnFlags = GlobalOptions & { readonly why: string; readonly for?: string };

const historyLimit = 20;
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function registerSwitchCommands(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('switches').description('what the live switches stand at, who turned them, and why'))
    .addHelpText('after', '\nExamples:\n  antiphon switches\n  antiphon switches --json')
    .action(async (flags: GlobalOptions) => {
      const { states, history } = await withSwitches(flags, context, async (switches) => ({ states: await switches.states(), history: await switches.history(historyLimit) }));
      if (flags.json === true) return void context.output.write(`${JSON.stringify({ switches: states, history }, null, 2)}\n`);
      for (const state of states) context.output.write(`${describe(state)}\n`);
    });

  withGlobalOptions(program.command('switch').description('turn a live switch, from the next request on').argument('<name>').argument('<value>'))
    .option('--why <text>', 'why, for whoever wonders later', '')
    .option('--for <time>', 'it ends by itself: 90s, 30m, 2h, 1d (default: when somebody turns it back)')
    .addHelpText('after', `\nSwitches:\n${switchNames.map((name) => `  ${name.padEnd(12)} ${switchList[name].values.join(' | ')}`).join('\n')}\n\nExamples:\n  antiphon switch free-lane throttled --why "p95 over 6 s" --for 30m\n  antiphon switch cloning off --why "disk is filling up"\n  antiphon switch free-lane open`)
    .action(async (name: string, value: string, flags: TurnFlags) => {
      const state = await withSwitches(flags, context, (switches) => switches.turn({ name, value, who: 'command line', why: flags.why, forMs: flags.for === undefined ? undefined : timeOf(flags.for) }));
      context.output.write(flags.json === true ? `${JSON.stringify(state)}\n` : `${describe(state)}\n`);
    });
}

function withSwitches<Result>(flags: GlobalOptions, context: CommandContext, work: (switches: LiveSwitches) => Promise<Result>): Promise<Result> {
  return withAccess(readConfig(context, flags).config, ({ database, revisions }) => work(createLiveSwitches({ changes: createSwitchChanges(database), revisions, now: () => new Date() })));
}

function describe({ name, value, change }: SwitchState): string {
  const by = change === undefined ? '' : `  since ${minuteOf(change.at)} UTC by ${change.who}${change.why === '' ? '' : `: ${change.why}`}${change.expiresAt === undefined ? '' : `, until ${minuteOf(change.expiresAt)} UTC`}`;
  return `${name.padEnd(12)} ${value.padEnd(10)}${by}`.trimEnd();
}

/** Errors: input_invalid. */
function timeOf(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw new AntiphonError('input_invalid', `--for is a number and s, m, h or d, such as 30m, not "${text}".`, { param: '--for' });
  return Number(amount) * unitMs[unit]!;
}

/** `2026-12-01 12:00` of an instant in ISO 8601. */
function minuteOf(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}
