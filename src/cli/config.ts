/** `antiphon config`: every setting with its effective value and where that came from. */
import type { Command } from 'commander';
import type { Config } from '../config/schema.ts';
import { listSettings } from '../config/settings-list.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';

export function registerConfigCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('config'))
    .description('show every setting, its value and its origin')
    .argument('[part]', 'only settings whose name contains this')
    .addHelpText('after', '\nExamples:\n  antiphon config\n  antiphon config workers\n  antiphon config --json | jq .settings')
    .action((part: string | undefined, flags: GlobalOptions) => {
      const { config, origins } = readConfig(context, flags);
      const rows = listSettings()
        .filter(({ path, variable }) => part === undefined || path.toLowerCase().includes(part.toLowerCase()) || variable.includes(part.toUpperCase()))
        .map((setting) => ({ path: setting.path, variable: setting.variable, value: valueOf(config, setting.path), origin: origins.get(setting.path)!, unit: setting.unit ?? null, description: setting.description }));
      if (flags.json === true) return void context.output.write(`${JSON.stringify({ settings: rows }, null, 2)}\n`);
      for (const { path, variable, value, origin, unit, description } of rows) {
        context.output.write(`${path} = ${shorten(JSON.stringify(value))}${unit === null ? '' : ` ${unit}`}  (${origin})\n    ${variable}: ${description}\n`);
      }
    });
}

function valueOf(config: Config, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], config);
}

function shorten(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 157)}…`;
}
