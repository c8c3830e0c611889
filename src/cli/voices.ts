/** `antiphon voices`: everything that can speak here, read from the engines without loading a model. */
import type { Command } from 'commander';
import { createEngines } from '../engines/create-engines.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';

type VoicesFlags = GlobalOptions & { readonly language?: string; readonly engine?: string };

export function registerVoicesCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('voices'))
    .description('list the voices that can speak here')
    .option('-l, --language <tag>', 'only this language: en, en-GB, fr …')
    .option('-e, --engine <name>', 'only this engine: piper, kokoro, flite')
    .addHelpText('after', '\nExamples:\n  antiphon voices\n  antiphon voices --language en-GB\n  antiphon voices --json')
    .action(async (flags: VoicesFlags) => {
      const { config } = readConfig(context, flags);
      const engines = await createEngines({ ...config, ...config.inference, onProviderFallback: () => undefined });
      const wanted = engines.filter(({ id }) => flags.engine === undefined || id === flags.engine);
      const models = (await Promise.all(wanted.map((engine) => engine.listModels()))).flat();
      const voices = models.flatMap((model) => model.voices.map((voice) => ({ ...voice, engine: model.engine, model: model.id })))
        .filter(({ language }) => flags.language === undefined || `${language.toLowerCase()}-`.startsWith(`${flags.language.toLowerCase()}-`));
      const problems = (await Promise.all(wanted.map(async (engine) => ((await engine.problems?.()) ?? []).map((problem) => ({ engine: engine.id, problem }))))).flat();
      if (flags.json === true) return void context.output.write(`${JSON.stringify({ voices, problems }, null, 2)}\n`);
      for (const { id, name, language, gender, engine } of voices) context.output.write(`${id.padEnd(28)} ${engine.padEnd(7)} ${language.padEnd(7)} ${gender.padEnd(8)} ${name}\n`);
      for (const { engine, problem } of problems) context.errorOutput.write(`! ${engine}: ${problem}\n`);
    });
}
