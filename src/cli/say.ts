/** `antiphon say`: speech from the command line, to a file, a pipe or the loudspeaker. */
import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { localCaller } from '../caller.ts';
import { isAudioFormatId, type AudioFormatId } from '../audio/formats.ts';
import { finalisedWavHeader } from '../audio/wav.ts';
import { AntiphonError } from '../errors.ts';
import { createProgressBar } from '../models/progress-bar.ts';
import { createRuntime, type Runtime } from '../runtime.ts';
import type { Speech } from '../speech/speak.ts';
import type { TimedSentence } from '../speech/timed-sentence.ts';
import { createLogger } from '../telemetry/logger.ts';
import { continueTrace } from '../telemetry/trace-context.ts';
import { findPlayer, openPlayer } from './audio-player.ts';
import { chooseCaptions, listenFor, writeCaptions, type CaptionFlags } from './captions-file.ts';
import { readConfig, withGlobalOptions, type CommandContext, type GlobalOptions } from './command.ts';

type SayFlags = GlobalOptions & {
  readonly voice?: string; readonly model: string; readonly speed: string; readonly input?: string;
  readonly output?: string; readonly format?: string; readonly play?: boolean; readonly quiet?: boolean; readonly ssml?: boolean;
} & CaptionFlags;

/** Longer than any request of the server may be: nobody else waits here. */
const maxCharacters = 1_000_000;
/** From here on a second worker shortens the work noticeably; under it its start costs more than it brings. */
const longTextCharacters = 1_500;

export function registerSayCommand(program: Command, context: CommandContext): void {
  withGlobalOptions(program.command('say'))
    .description('speak a text: to the loudspeaker, a file, or a pipe')
    .argument('[text...]', 'what to say; without it, standard input is read')
    .option('-v, --voice <name>', 'a voice from `antiphon voices`, an OpenAI preset (alloy …), or a blend such as af_heart:0.6+am_adam:0.4')
    .option('-m, --model <name>', 'tts-1 (fast), tts-1-hd (fine), or piper, kokoro, flite', 'tts-1')
    .option('--speed <factor>', '0.25 to 4', '1')
    .option('-i, --input <file>', 'read the text from a file')
    .option('-o, --output <file>', 'write here; - is standard output')
    .option('-f, --format <name>', 'mp3, opus, aac, flac, wav, pcm, ulaw, alaw (default: by the file\'s ending, else wav)')
    .option('-p, --play', 'play it')
    .option('--ssml', 'the text is SSML: <speak>…</speak>')
    .option('--captions <format>', 'write captions, too: srt, vtt or json, beside the audio file')
    .option('--captions-file <file>', 'write them here (default format: by its ending)')
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', '\nExamples:\n  antiphon say "Hello" -o hello.mp3\n  antiphon say "Hello" --play --model tts-1-hd --voice nova\n  antiphon say -i chapter.txt -o chapter.opus --captions srt\n  echo "From a pipe" | antiphon say > pipe.wav')
    .action(async (words: string[], flags: SayFlags) => run(words, flags, context));
}

async function run(words: readonly string[], flags: SayFlags, context: CommandContext): Promise<void> {
  const text = await readText(words, flags, context);
  const target = await chooseTarget(flags, context);
  const format = chooseFormat(flags, target);
  const captions = chooseCaptions(flags, target.kind === 'file' ? target.path : undefined);
  const loaded = readConfig(context, flags, { 'speech.maxInputCharacters': maxCharacters, 'log.level': 'warn' });
  const log = createLogger({ ...loaded.config.log, output: context.errorOutput });
  const runtime = await createRuntime({ loaded, log, workers: text.length >= longTextCharacters ? Math.min(2, loaded.config.workers.count) : 1, preload: [] });
  try {
    await Promise.all([fetchVoice(runtime, flags, context), runtime.supervisor.settled()]);
    const speech = await runtime.speak({ requestId: randomUUID(), trace: continueTrace(undefined), caller: localCaller, text, markup: flags.ssml === true ? 'ssml' : 'none', model: flags.model, voice: flags.voice, speed: Number(flags.speed), format }, context.interrupted);
    if (speech.voice.insteadOf !== undefined) context.errorOutput.write(`! ${speech.voice.insteadOf} cannot serve now; ${speech.voice.engine} speaks instead.\n`);
    const sentences: TimedSentence[] = [];
    await deliver({ speech, bytes: captions === undefined ? speech.bytes : listenFor(speech, sentences), target, flags, context });
    if (captions !== undefined) await writeCaptions(captions, sentences);
    report(speech, target, flags, context);
  } finally {
    await runtime.close(1_000);
  }
}

async function readText(words: readonly string[], { input }: SayFlags, context: CommandContext): Promise<string> {
  if (words.length > 0) return words.join(' ');
  if (input !== undefined) {
    return readAll(createReadStream(input)).catch((cause: unknown) => {
      throw new AntiphonError('input_invalid', `${input} cannot be read.`, { param: '--input', cause });
    });
  }
  if (context.input.isTTY) throw new AntiphonError('input_empty', 'Nothing to say: give a text, -i FILE, or pipe one in.', { param: 'text' });
  return readAll(context.input);
}

type Target = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'stdout' } | { readonly kind: 'player' };

async function chooseTarget({ output, play }: SayFlags, context: CommandContext): Promise<Target> {
  if (output === '-') return { kind: 'stdout' };
  if (output !== undefined && play !== true) return { kind: 'file', path: output };
  if (output !== undefined) throw new AntiphonError('input_invalid', 'Choose one: --play or -o.', { param: '--play' });
  if (play === true) return { kind: 'player' };
  if (!context.output.isTTY) return { kind: 'stdout' };
  if (await findPlayer(context.environment['PATH'] ?? '')) return { kind: 'player' };
  throw new AntiphonError('input_invalid', 'No audio player is here; write a file with -o hello.mp3.', { param: '-o' });
}

function chooseFormat({ format }: SayFlags, target: Target): AudioFormatId {
  const ending = target.kind === 'file' ? extname(target.path).slice(1).toLowerCase() : '';
  const wanted = format ?? ({ ogg: 'opus', m4a: 'aac', '': 'wav' }[ending] ?? ending);
  if (!isAudioFormatId(wanted)) throw new AntiphonError('input_invalid', `"${wanted}" is no audio format here; use mp3, opus, aac, flac, wav, pcm, ulaw or alaw.`, { param: '--format' });
  if (target.kind === 'player' && wanted !== 'wav') throw new AntiphonError('input_invalid', 'What is played is WAV; leave --format out.', { param: '--format' });
  return wanted;
}

/** The first command on a fresh machine fetches the voice, as the server would; without a source the built-in voice speaks. */
export async function fetchVoice(runtime: Runtime, { model, quiet }: Pick<SayFlags, 'model' | 'quiet'>, { errorOutput, interrupted }: CommandContext): Promise<void> {
  const { config, models } = runtime;
  const needed = { piper: config.models.prefetch.slice(0, 1), kokoro: config.models.prefetch.filter((id) => id.startsWith('kokoro')), flite: [] }[config.speech.models[model] ?? model] ?? [];
  const bar = createProgressBar({ output: errorOutput });
  for (const id of needed) {
    if ((await models.state(id)).status === 'ready') continue;
    try {
      await models.pull(id, { signal: interrupted, ...(quiet === true ? {} : { onProgress: bar.update }) });
    } catch (error) {
      interrupted.throwIfAborted();
      errorOutput.write(`! ${error instanceof Error ? error.message : String(error)}\n`);
    } finally {
      bar.close();
    }
  }
}

type DeliverOptions = { readonly speech: Speech; readonly bytes: AsyncGenerator<Uint8Array>; readonly target: Target; readonly flags: SayFlags; readonly context: CommandContext };

async function deliver({ speech, bytes: given, target, flags, context }: DeliverOptions): Promise<void> {
  const showProgress = target.kind === 'file' && flags.quiet !== true && context.errorOutput.isTTY;
  const bytes = showProgress ? withProgress(given, speech, context.errorOutput) : given;
  if (target.kind === 'stdout') return writeTo(context.output, bytes);
  if (target.kind === 'file') return writeFile(target.path, bytes, speech);
  const player = await openPlayer(context.environment['PATH'] ?? '');
  try {
    await writeTo(player.input, bytes);
    player.input.end();
    await player.finished;
  } finally {
    player.stop();
  }
}

async function writeTo(stream: NodeJS.WritableStream, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) {
    if (!stream.write(chunk)) await new Promise<void>((resolve) => { stream.once('drain', resolve); });
  }
}

/** A file that could not be finished is removed: half an MP3 looks whole to most players. */
async function writeFile(path: string, bytes: AsyncIterable<Uint8Array>, { fileExtension, outputRateHz }: Speech): Promise<void> {
  const file = await open(path, 'w').catch((cause: unknown) => {
    throw new AntiphonError('input_invalid', `${path} cannot be written.`, { param: '-o', cause });
  });
  try {
    for await (const chunk of bytes) await file.write(chunk);
    // A stream's header cannot know the length; a file's can, and players show it.
    if (fileExtension === 'wav') await file.write(finalisedWavHeader({ sampleRateHz: outputRateHz, fileBytes: (await file.stat()).size }), 0, undefined, 0);
    await file.close();
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

async function* withProgress(bytes: AsyncGenerator<Uint8Array>, speech: Speech, output: NodeJS.WriteStream): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of bytes) {
      const { audioSeconds, elapsedMs } = speech.progress();
      output.write(`\r${audioSeconds.toFixed(1)} s of speech in ${(elapsedMs / 1000).toFixed(1)} s\x1b[K`);
      yield chunk;
    }
  } finally {
    output.write('\r\x1b[K');
  }
}

function report(speech: Speech, target: Target, { json, quiet }: SayFlags, { errorOutput }: CommandContext): void {
  const { audioSeconds, elapsedMs, firstAudioMs } = speech.progress();
  const figures = { engine: speech.voice.engine, voice: speech.voice.voice, characters: speech.characters, audio_seconds: audioSeconds, elapsed_ms: elapsedMs, first_audio_ms: firstAudioMs ?? null, output: target.kind === 'file' ? target.path : target.kind };
  if (json === true) errorOutput.write(`${JSON.stringify(figures)}\n`);
  else if (quiet !== true) errorOutput.write(`${target.kind === 'file' ? `${target.path}: ` : ''}${audioSeconds.toFixed(1)} s of speech in ${(elapsedMs / 1000).toFixed(2)} s (${speech.voice.voice})\n`);
}
