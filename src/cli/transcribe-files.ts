/** One recording after the other: words as they are done, progress, and what became of each. */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { localCaller } from '../caller.ts';
import { AntiphonError, toAntiphonError, type ErrorCode } from '../errors.ts';
import { continueTrace } from '../telemetry/trace-context.ts';
import { languageNameOf } from '../text/languages.ts';
import { transcriptFormats, type TranscriptFormat } from '../transcription/formats/transcript-formats.ts';
import type { Transcribe, TranscribeRequest, Transcript, Transcription, TranscriptSegment } from '../transcription/transcript.ts';
import { formatDuration } from './reading-display.ts';
import type { TranscribeDisplay } from './transcribe-display.ts';
import type { Recording } from './transcribe-inputs.ts';
import type { TranscriptTarget, TranscriptTargets } from './transcribe-targets.ts';

/** The part of a stream like `process.stdout` that is written to. */
type TextOutput = { readonly write: (text: string) => boolean; readonly once: (event: 'drain', listener: () => void) => unknown; readonly isTTY?: boolean | undefined };

export type TranscribeFilesOptions = {
  readonly recordings: readonly Recording[];
  readonly targets: TranscriptTargets;
  readonly request: Pick<TranscribeRequest, 'model' | 'language' | 'task' | 'prompt' | 'words'>;
  /** Captions need words, too, where they are not wanted for themselves. */
  readonly showsWords: boolean;
  readonly transcribe: Transcribe;
  readonly output: TextOutput;
  readonly errorOutput: TextOutput;
  readonly display: TranscribeDisplay;
  readonly isQuiet: boolean;
  /** A line of JSON for each recording instead of one for people. */
  readonly asJson: boolean;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
};

/** What would fail for every other recording, too. */
const commonCodes: ReadonlySet<ErrorCode> = new Set(['language_unknown', 'model_unknown', 'model_not_ready', 'model_file_invalid', 'model_source_unreachable', 'input_unsupported', 'disk_full', 'draining']);

/** A recording that fails does not stop the others. Errors: the failure of the only one; of several the first one's code. */
export async function transcribeFiles(options: TranscribeFilesOptions): Promise<void> {
  const { recordings, errorOutput, asJson, signal } = options;
  let firstFailure: AntiphonError | undefined;
  let failures = 0;
  for (const recording of recordings) {
    try {
      await transcribeOne(recording, options);
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toAntiphonError(thrown);
      if (recordings.length === 1 || commonCodes.has(error.code)) throw error;
      failures++;
      firstFailure ??= error;
      errorOutput.write(asJson
        ? `${JSON.stringify({ file: recording.name, error: { code: error.code, message: error.message, param: error.param ?? null } })}\n`
        : `! ${recording.name}: ${error.message}\n`);
    }
  }
  if (firstFailure !== undefined) throw new AntiphonError(firstFailure.code, `${failures} of ${recordings.length} recordings could not be transcribed.`, { param: 'file', cause: firstFailure });
}

async function transcribeOne(recording: Recording, options: TranscribeFilesOptions): Promise<void> {
  const { request, transcribe, targets, display, errorOutput, nowMs, signal } = options;
  const startedMs = nowMs();
  const elapsedSeconds = () => (nowMs() - startedMs) / 1000;
  try {
    const transcription = await transcribe({ ...request, requestId: randomUUID(), trace: continueTrace(undefined), caller: localCaller, path: recording.path }, signal);
    if (transcription.insteadOf !== undefined && !options.isQuiet) errorOutput.write(`! ${transcription.insteadOf} cannot serve now; ${transcription.model} listens instead.\n`);
    const print = targets.kind === 'stdout' && targets.format === 'text' ? createTextPrinter(recording, options) : undefined;
    const show = (doneSeconds: number) => display.show(recording.name, { doneSeconds, expectedSeconds: transcription.expectedSeconds, elapsedSeconds: elapsedSeconds() });
    show(0);
    const transcript = await collect(transcription, async (segments, doneSeconds) => {
      if (print !== undefined && segments.length > 0) {
        display.clear();
        await print.add(segments);
      }
      show(doneSeconds);
    });
    display.clear();
    await print?.end();
    const written = await deliver(transcript, recording, options);
    report({ recording, transcript, insteadOf: transcription.insteadOf, elapsedSeconds: elapsedSeconds(), written }, options);
  } finally {
    display.clear();
  }
}

async function collect(transcription: Transcription, onPart: (segments: readonly TranscriptSegment[], doneSeconds: number) => Promise<void>): Promise<Transcript> {
  const segments: TranscriptSegment[] = [];
  for await (const part of transcription.parts) {
    segments.push(...part.segments);
    await onPart(part.segments, part.doneSeconds);
  }
  return { ...transcription.summary(), segments, model: transcription.model };
}

type TextPrinter = { readonly add: (segments: readonly TranscriptSegment[]) => Promise<void>; readonly end: () => Promise<void> };

/** For eyes a line each; into a pipe the very text that a file would hold. Of several, each has its name above it. */
function createTextPrinter(recording: Recording, { recordings, output }: TranscribeFilesOptions): TextPrinter {
  let hasBegun = false;
  /** Blanks at the end are written only where something follows. */
  let held = '';
  async function write(text: string): Promise<void> {
    const heading = hasBegun || recordings.length === 1 ? '' : `${recording === recordings[0] ? '' : '\n'}==> ${recording.name} <==\n`;
    hasBegun = true;
    await writeTo(output, heading + text);
  }
  return {
    add: async (segments) => {
      if (output.isTTY === true) return write(segments.map(({ text }) => `${text.trim()}\n`).join(''));
      const text = held + segments.map((segment) => segment.text).join('');
      const shown = hasBegun ? text.trimEnd() : text.trim();
      held = shown === '' ? text : text.slice(text.trimEnd().length);
      if (shown !== '') await write(shown);
    },
    end: async () => {
      if (output.isTTY !== true && hasBegun) await write('\n');
    },
  };
}

async function writeTo(output: TextOutput, text: string): Promise<void> {
  if (!output.write(text)) await new Promise<void>((resolve) => { output.once('drain', resolve); });
}

/** The paths that were written. */
async function deliver(transcript: Transcript, recording: Recording, { targets, request, showsWords, output }: TranscribeFilesOptions): Promise<readonly string[]> {
  const write = (format: TranscriptFormat) => transcriptFormats[format].write(transcript, { task: request.task, words: showsWords });
  if (targets.kind === 'files') {
    const files = targets.of.get(recording) ?? [];
    for (const target of files) await writeTranscript(target, write(target.format));
    return files.map(({ path }) => path);
  }
  if (targets.format !== 'text') await writeTo(output, write(targets.format));
  return [];
}

/** Whole or not at all: half a transcript looks like one. */
async function writeTranscript({ path }: TranscriptTarget, text: string): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.part`);
  try {
    await writeFile(part, text);
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    throw new AntiphonError('input_invalid', `${path} cannot be written.`, { param: '-o', cause });
  }
}

type Outcome = { readonly recording: Recording; readonly transcript: Transcript; readonly insteadOf: string | undefined; readonly elapsedSeconds: number; readonly written: readonly string[] };

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function report({ recording, transcript, insteadOf, elapsedSeconds, written }: Outcome, { errorOutput, isQuiet, asJson }: TranscribeFilesOptions): void {
  const { model, language, languageProbability, durationSeconds, speechSeconds } = transcript;
  if (asJson) {
    const figures = { file: recording.name, model, instead_of: insteadOf ?? null, language: language ?? null, language_probability: languageProbability, duration_seconds: durationSeconds, speech_seconds: speechSeconds, elapsed_ms: Math.round(elapsedSeconds * 1000), outputs: written };
    errorOutput.write(`${JSON.stringify(figures)}\n`);
  } else if (!isQuiet) {
    const what = transcript.segments.length === 0 ? 'nobody speaks in it' : `${formatDuration(speechSeconds)} of speech${language === undefined ? '' : ` in ${capitalised(languageNameOf(language) ?? language)}`}`;
    const speed = elapsedSeconds > 0 ? `, ${(durationSeconds / elapsedSeconds).toFixed(1)}×` : '';
    errorOutput.write(`${recording.name}: ${formatDuration(durationSeconds)}, ${what}; took ${formatDuration(elapsedSeconds)}${speed} (${model})${written.length === 0 ? '' : ` → ${written.join(', ')}`}\n`);
  }
}
