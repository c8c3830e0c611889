/** `antiphon transcribe`: what recordings say, to the terminal, a pipe or files. */
import type { Command } from 'commander';
import { stat } from 'node:fs/promises';
import { isMediaFile } from '../audio/media/sniff-media.ts';
import { AntiphonError } from '../errors.ts';
import { createProgressBar } from '../models/progress-bar.ts';
import { createRuntime, type Runtime } from '../runtime.ts';
import { createLogger } from '../telemetry/logger.ts';
import { needsWords } from '../transcription/formats/transcript-formats.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';
import { createTranscribeDisplay } from './transcribe-display.ts';
import { transcribeFiles } from './transcribe-files.ts';
import { findRecordings, keepStandardInput, type Recording } from './transcribe-inputs.ts';
import { chooseTargets, type TargetFlags, type TranscriptTargets } from './transcribe-targets.ts';

type TranscribeFlags = GlobalOptions & TargetFlags & {
  readonly language?: string; readonly model: string; readonly translate?: boolean; readonly words?: boolean; readonly prompt?: string;
  readonly recursive?: boolean; readonly quiet?: boolean;
};

/** From here on more than one worker shortens the work noticeably; under it their start costs more than it brings. */
const longBytes = 400_000;

export function registerTranscribeCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('transcribe'))
    .description('write down what is said in audio or video files')
    .argument('<file...>', 'audio or video; a folder stands for the recordings in it, - for standard input')
    .option('-f, --format <names>', 'text, srt, vtt, json, verbose_json; several with commas (default: by the ending of -o, else text)')
    .option('-o, --output <path>', 'write to this file, or into this folder (default: standard output)')
    .option('-l, --language <tag>', 'spoken in it: en, fr, German … (default: told from the sound)')
    .option('-m, --model <name>', 'whisper-1, or a model from `antiphon models`', 'whisper-1')
    .option('--translate', 'write down its meaning in English')
    .option('--words', 'the time of every word, too, in verbose_json')
    .option('--prompt <text>', 'names and words that may occur, or the text before it')
    .option('-r, --recursive', 'folders with the folders in them')
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', '\nWith --json a line on standard error tells what became of each file.\n\nExamples:\n  antiphon transcribe interview.mp3\n  antiphon transcribe film.mp4 -o film.srt --language fr\n  antiphon transcribe recordings --recursive --format text,vtt -o transcripts\n  arecord -d 10 | antiphon transcribe - > note.txt')
    .action(async (files: string[], flags: TranscribeFlags) => run(files, flags, context));
}

async function run(files: readonly string[], flags: TranscribeFlags, context: CommandContext): Promise<void> {
  const { input, interrupted } = context;
  const wantsInput = files.includes('-');
  if (wantsInput && files.length > 1) throw new AntiphonError('input_invalid', 'Standard input (-) is transcribed alone.', { param: 'file' });
  const kept = wantsInput ? await keepStandardInput(input, interrupted) : undefined;
  try {
    const recordings = kept ? [kept.recording] : await findRecordings(files, { isRecursive: flags.recursive === true, isMedia: isMediaFile });
    const targets = await chooseTargets(flags, recordings);
    const words = wantsWords(flags, targets);
    const loaded = readConfig(context, flags, { 'log.level': 'warn' });
    const log = createLogger({ ...loaded.config.log, output: context.errorOutput });
    const runtime = await createRuntime({ loaded, log, ...(await isShort(recordings) ? { workers: 1 } : {}), preload: [] });
    try {
      await Promise.all([fetchModels(runtime, flags, context), runtime.supervisor.settled()]);
      await transcribeFiles({
        recordings,
        targets,
        request: { model: flags.model, language: flags.language, task: flags.translate === true ? 'translate' : 'transcribe', prompt: flags.prompt, words },
        showsWords: flags.words === true,
        transcribe: runtime.transcribe,
        output: context.output,
        errorOutput: context.errorOutput,
        display: createTranscribeDisplay({ output: context.errorOutput, isQuiet: flags.quiet === true || flags.json === true }),
        isQuiet: flags.quiet === true,
        asJson: flags.json === true,
        nowMs: () => performance.now(),
        signal: interrupted,
      });
    } finally {
      await runtime.close(1_000);
    }
  } finally {
    await kept?.remove();
  }
}

async function isShort(recordings: readonly Recording[]): Promise<boolean> {
  const sizes = await Promise.all(recordings.map(async ({ path }) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0) < longBytes;
}

/** The first command on a fresh machine fetches what it listens with, as the server would; without a source another model may stand in. */
async function fetchModels({ config, models }: Runtime, { model, quiet }: TranscribeFlags, { errorOutput, interrupted }: CommandContext): Promise<void> {
  const name = (config.transcription.models[model] ?? (model === 'whisper' ? config.transcription.fallback[0] : model) ?? model).replace(/^whisper\//, '');
  const wanted = new Set(['silero-vad', `whisper-${name}`]);
  const bar = createProgressBar({ output: errorOutput });
  for (const { artefact, state } of await models.list()) {
    if (!wanted.has(artefact.id) || state.status === 'ready') continue;
    try {
      await models.pull(artefact.id, { signal: interrupted, ...(quiet === true ? {} : { onProgress: bar.update }) });
    } catch (error) {
      interrupted.throwIfAborted();
      errorOutput.write(`! ${error instanceof Error ? error.message : String(error)}\n`);
    } finally {
      bar.close();
    }
  }
}

/** Captions are cut between words, whether or not these are wanted for themselves. Errors: input_invalid. */
function wantsWords({ words }: TranscribeFlags, targets: TranscriptTargets): boolean {
  const formats = targets.kind === 'stdout' ? [targets.format] : [...targets.of.values()].flat().map(({ format }) => format);
  if (words === true && !formats.includes('verbose_json')) throw new AntiphonError('input_invalid', '--words shows in verbose_json only; add --format verbose_json.', { param: '--words' });
  return words === true || formats.some(needsWords);
}
