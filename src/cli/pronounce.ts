/** `antiphon pronounce`: how a text would be read, without speaking it. */
import type { Command } from 'commander';
import { localOwner } from '../caller.ts';
import { AntiphonError } from '../errors.ts';
import { toWire } from '../http/api/pronounce.ts';
import { createRuntime } from '../runtime.ts';
import type { ReadSentence } from '../speech/pronounce.ts';
import { createLogger } from '../telemetry/logger.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';

type PronounceFlags = GlobalOptions & { readonly voice?: string; readonly model: string; readonly ssml?: boolean };

export function registerPronounceCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('pronounce'))
    .description('show how a text would be read: numbers, abbreviations, your own pronunciations, sounds')
    .argument('<text...>', 'what to read')
    .option('-v, --voice <name>', 'a voice from `antiphon voices`; its language decides how numbers are read')
    .option('-m, --model <name>', 'tts-1 (fast), tts-1-hd (fine), or piper, kokoro, flite', 'tts-1')
    .option('--ssml', 'the text is SSML: <speak>…</speak>')
    .addHelpText('after', '\nExamples:\n  antiphon pronounce "On 3 May 1999 it cost $5.50"\n  antiphon pronounce "Le 3 mai" --model kokoro --voice ff_siwis --json')
    .action(async (words: string[], flags: PronounceFlags) => run(words.join(' '), flags, context));
}

async function run(text: string, { voice, model, ssml, ...flags }: PronounceFlags, context: CommandContext): Promise<void> {
  if (text.trim() === '') throw new AntiphonError('input_empty', 'Nothing to read: give a text.', { param: 'text' });
  const loaded = readConfig(context, flags, { 'log.level': 'warn' });
  const log = createLogger({ ...loaded.config.log, output: context.errorOutput });
  const runtime = await createRuntime({ loaded, log, workers: 1, preload: [] });
  try {
    await runtime.supervisor.settled();
    const read = await runtime.pronounce({ owner: localOwner, text, markup: ssml === true ? 'ssml' : 'none', model, voice });
    if (flags.json === true) context.output.write(`${JSON.stringify({ engine: read.voice.engine, voice: read.voice.voice, language: read.voice.language, sentences: read.sentences.map(toWire) }, null, 2)}\n`);
    else context.output.write(read.sentences.map(inWords).join('\n'));
  } finally {
    await runtime.close(1_000);
  }
}

function inWords({ source, spoken, changes, pronunciations, ipa }: ReadSentence): string {
  const lines = [
    source.text,
    ...(spoken === source.text ? [] : [`  reads: ${spoken}`]),
    ...changes.map((change) => `  ${change.text.trim()} → ${change.spoken === '' ? '(nothing)' : change.spoken}`),
    ...pronunciations.map((given) => `  ${given.text} → /${given.ipa}/`),
    ...(ipa === undefined ? [] : [`  /${ipa}/`]),
  ];
  return `${lines.join('\n')}\n`;
}
