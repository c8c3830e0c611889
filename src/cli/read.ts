/** `antiphon read`: a book from the command line, chapter by chapter, that goes on where it stopped. */
import type { Command } from 'commander';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { buffer as readAll } from 'node:stream/consumers';
import { isAudioFormatId } from '../audio/formats.ts';
import { AntiphonError } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import type { JobRunner } from '../jobs/runner.ts';
import { localOwner } from '../caller.ts';
import { createRuntime, type Runtime } from '../runtime.ts';
import { isCaptionFormat } from '../speech/captions.ts';
import { outputFolder } from '../speech/long-form/long-form-kind.ts';
import { longFormProgressSchema, type LongFormProgress } from '../speech/long-form/long-form-progress.ts';
import { untitled, type LongFormRequest, type PlannedLongForm } from '../speech/long-form/plan-long-form.ts';
import { createLogger } from '../telemetry/logger.ts';
import { decodeText } from '../text/decode-text.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';
import { createReadingDisplay, formatDuration } from './reading-display.ts';
import { fetchVoice } from './say.ts';

type ReadFlags = GlobalOptions & {
  readonly output?: string; readonly voice?: string; readonly model: string; readonly speed: string; readonly format: string; readonly bitrate?: string;
  readonly chapters: string; readonly title?: string; readonly author?: string; readonly loudness?: string; readonly captions: string;
  readonly restart?: boolean; readonly quiet?: boolean;
};

export function registerReadCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('read'))
    .description('read a long text into audio files: a file for each chapter, or one with chapter marks')
    .argument('<file>', 'plain text or Markdown; - is standard input')
    .option('-o, --output <folder>', 'write here (default: a folder called as the file, in this one)')
    .option('-v, --voice <name>', 'a voice from `antiphon voices`')
    .option('-m, --model <name>', 'tts-1 (fast), tts-1-hd (fine), or piper, kokoro, flite', 'tts-1')
    .option('--speed <factor>', '0.25 to 4', '1')
    .option('-f, --format <name>', 'mp3, opus, aac, flac, wav, pcm, ulaw, alaw', 'mp3')
    .option('--bitrate <bps>', 'bits per second, where the format has a choice')
    .option('--chapters <how>', 'split: a file for each · single: one file with marks · none: one file, no chapters', 'split')
    .option('--title <text>', 'of the book (default: its first line)')
    .option('--author <text>', 'written into the files')
    .option('--loudness <lufs>', 'bring every file to this loudness, for example -18')
    .option('--captions <formats>', 'srt, vtt, json beside the audio; several with commas', '')
    .option('--restart', 'begin anew, whatever was made before')
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', '\nCtrl-C pauses; the same command goes on at the sentence where it stopped, after a crash too.\n\nExamples:\n  antiphon read book.txt\n  antiphon read book.md -o audiobook --model tts-1-hd --voice bm_george --loudness -18\n  antiphon read book.txt --chapters single --format opus --title "Alice" --captions srt')
    .action(async (file: string, flags: ReadFlags) => run(file, flags, context));
}

async function run(path: string, flags: ReadFlags, context: CommandContext): Promise<void> {
  const request = await toRequest(path, flags, context);
  const folder = flags.output ?? (path === '-' ? 'reading' : basename(path, extname(path)));
  const loaded = readConfig(context, flags, { 'log.level': 'warn' });
  const log = createLogger({ ...loaded.config.log, output: context.errorOutput });
  const runtime = await createRuntime({ loaded, log, preload: [] });
  try {
    await Promise.all([fetchVoice(runtime, flags, context), runtime.supervisor.settled()]);
    const { longForm } = runtime.jobs;
    const title = longForm.outline(request).title === untitled && path !== '-' ? basename(path, extname(path)) : request.title;
    const planned = await longForm.plan({ ...request, title });
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw new AntiphonError('input_invalid', `${folder} cannot be written.`, { param: '-o', cause });
    });
    const job = await findOrBegin(runtime, planned, { flags, context });
    await readAloud(runtime, job, { folder, flags, context });
  } finally {
    await runtime.close(1_000);
  }
}

async function toRequest(path: string, flags: ReadFlags, context: CommandContext): Promise<LongFormRequest> {
  const bytes = await readAll(path === '-' ? context.input : createReadStream(path)).catch((cause: unknown) => {
    throw new AntiphonError('input_invalid', `${path} cannot be read.`, { param: 'file', cause });
  });
  if (!isAudioFormatId(flags.format)) throw new AntiphonError('input_invalid', `"${flags.format}" is no audio format here; use mp3, opus, aac, flac, wav, pcm, ulaw or alaw.`, { param: '--format' });
  if (!['split', 'single', 'none'].includes(flags.chapters)) throw new AntiphonError('input_invalid', `--chapters is split, single or none, not "${flags.chapters}".`, { param: '--chapters' });
  const captions = flags.captions.split(',').map((one) => one.trim()).filter((one) => one !== '');
  const unknown = captions.find((one) => !isCaptionFormat(one));
  if (unknown !== undefined) throw new AntiphonError('input_invalid', `"${unknown}" are no captions here; use srt, vtt or json.`, { param: '--captions' });
  return {
    text: decodeText(bytes, path === '-' ? 'standard input' : basename(path)),
    model: flags.model,
    voice: flags.voice,
    speed: Number(flags.speed),
    format: flags.format,
    bitrateBps: numberOf(flags.bitrate, '--bitrate'),
    output: flags.chapters === 'split' ? 'split' : 'single',
    chapters: flags.chapters === 'none' ? 'none' : 'auto',
    title: flags.title,
    author: flags.author,
    loudnessLufs: numberOf(flags.loudness, '--loudness'),
    captions: captions.filter(isCaptionFormat),
  };
}

function numberOf(text: string | undefined, param: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new AntiphonError('input_invalid', `${param} must be a number, not "${text}".`, { param });
  return value;
}

/** The same text with the same settings is the same work, as long as it is not finished. */
async function findOrBegin({ jobs: { runner } }: Runtime, planned: PlannedLongForm, { flags, context }: { flags: ReadFlags; context: CommandContext }): Promise<Job> {
  await runner.tidy();
  const earlier = await runner.findLike({ owner: localOwner, fingerprint: planned.fingerprint });
  if (earlier?.state === 'running') throw new AntiphonError('job_state_conflict', 'Another `antiphon read` is reading this text at this moment.', { param: 'file' });
  if (earlier !== undefined && (flags.restart === true || earlier.state === 'cancelled')) await discard(runner, earlier);
  else if (earlier !== undefined) {
    const { charactersDone, charactersTotal } = progressOf(earlier);
    if (flags.quiet !== true) context.errorOutput.write(`Going on where it stopped, at about ${Math.floor((100 * charactersDone) / charactersTotal)} %.\n`);
    return earlier.state === 'done' ? earlier : runner.resume(earlier);
  }
  return runner.submit({ owner: localOwner, ...planned });
}

async function discard(runner: JobRunner, job: Job): Promise<void> {
  if (job.state === 'queued') await runner.cancel(job);
  await runner.remove(job);
}

async function readAloud({ jobs: { runner } }: Runtime, job: Job, { folder, flags, context }: { folder: string; flags: ReadFlags; context: CommandContext }): Promise<void> {
  const { errorOutput, interrupted } = context;
  const display = createReadingDisplay({ output: errorOutput, isQuiet: flags.quiet === true });
  const delivery = createDelivery(outputFolder(runner.folderOf(job.id)), folder);
  const pause = () => void runner.pause(job).catch(() => undefined);
  interrupted.addEventListener('abort', pause, { once: true });
  if (interrupted.aborted) pause();
  const ended = job.state === 'done' ? job : await runner.runNow(job, (now) => {
    const progress = progressOf(now);
    display.show(progress);
    delivery.offer(progress);
  });
  interrupted.removeEventListener('abort', pause);
  display.close();
  const progress = progressOf(ended);
  delivery.offer(progress);
  await delivery.done();
  if (ended.state === 'paused' && interrupted.aborted) {
    errorOutput.write(`Paused after ${formatDuration(progress.audioSeconds)} of speech. The same command goes on from there.\n`);
    throw new AntiphonError('cancelled', 'Interrupted.');
  }
  if (ended.state !== 'done') {
    const { code, message } = ended.failure ?? { code: 'cancelled' as const, message: `The reading was ${ended.state} from elsewhere.` };
    throw new AntiphonError(code, `${message}${ended.state === 'cancelled' ? '' : ' What was made is kept: the same command goes on from there.'}`);
  }
  await runner.remove(ended);
  report(ended, progress, { folder, flags, context });
}

function report({ workedMs }: Job, progress: LongFormProgress, { folder, flags, context }: { folder: string; flags: ReadFlags; context: CommandContext }): void {
  const names = progress.files.map(({ name }) => join(folder, name));
  if (flags.json === true) {
    context.output.write(`${JSON.stringify({ folder, files: names, chapters: progress.chapters.length, characters: progress.charactersTotal, audio_seconds: progress.audioSeconds, worked_seconds: Math.round(workedMs / 100) / 10 })}\n`);
  } else if (flags.quiet !== true) {
    context.errorOutput.write(`${folder}: ${names.length} ${names.length === 1 ? 'file' : 'files'}, ${formatDuration(progress.audioSeconds)} of speech in ${formatDuration(workedMs / 1000)}\n`);
  }
}

type Delivery = { readonly offer: (progress: LongFormProgress) => void; readonly done: () => Promise<void> };

/** A finished chapter can be listened to while the others are being made: files are brought over as they come. */
function createDelivery(from: string, to: string): Delivery {
  const offered = new Set<string>();
  let work: Promise<void> = Promise.resolve();
  async function bring(name: string): Promise<void> {
    const part = join(to, `.${name}.part`);
    await copyFile(join(from, name), part);
    await rename(part, join(to, name));
  }
  return {
    offer: ({ files }) => {
      for (const { name } of files) {
        if (offered.has(name)) continue;
        offered.add(name);
        work = work.then(() => bring(name));
        // Told when it is waited for.
        work.catch(() => undefined);
      }
    },
    done: () => work,
  };
}

function progressOf(job: Job): LongFormProgress {
  return longFormProgressSchema.parse(job.progress);
}
