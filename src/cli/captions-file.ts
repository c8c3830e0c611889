/** Captions beside a spoken file: which format, where to, and what was said when. */
import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { AntiphonError } from '../errors.ts';
import { captionFormats, formatCaptions, isCaptionFormat, type CaptionFormat } from '../speech/captions.ts';
import type { Speech } from '../speech/speak.ts';
import type { TimedSentence } from '../speech/timed-sentence.ts';

export type CaptionFlags = { readonly captions?: string; readonly captionsFile?: string };

export type CaptionsTarget = { readonly format: CaptionFormat; readonly path: string };

/**
 * undefined where none are wanted. `audioPath` is undefined where the audio goes to a pipe or the loudspeaker.
 * Errors: input_invalid.
 */
export function chooseCaptions({ captions, captionsFile }: CaptionFlags, audioPath: string | undefined): CaptionsTarget | undefined {
  if (captions === undefined && captionsFile === undefined) return undefined;
  const format = captions ?? extname(captionsFile!).slice(1).toLowerCase();
  if (!isCaptionFormat(format)) throw new AntiphonError('input_invalid', `"${format}" is no caption format here; use ${captionFormats.join(', ')}.`, { param: '--captions' });
  if (captionsFile !== undefined) return { format, path: captionsFile };
  if (audioPath === undefined) throw new AntiphonError('input_invalid', 'Say where the captions go: --captions-file FILE, or -o for the audio.', { param: '--captions-file' });
  return { format, path: audioPath.slice(0, audioPath.length - extname(audioPath).length) + `.${format}` };
}

/** The speech's bytes, with `sentences` filled while they are read. */
export async function* listenFor({ parts }: Speech, sentences: TimedSentence[]): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    sentences.push(...part.sentences);
    if (part.bytes.length > 0) yield part.bytes;
  }
}

/** Errors: input_invalid. */
export async function writeCaptions({ format, path }: CaptionsTarget, sentences: readonly TimedSentence[]): Promise<void> {
  await writeFile(path, formatCaptions(sentences, format)).catch((cause: unknown) => {
    throw new AntiphonError('input_invalid', `${path} cannot be written.`, { param: '--captions-file', cause });
  });
}
