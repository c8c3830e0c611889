/** What the files of a long reading are called: in order, readable, and safe on every file system. */
import { audioFormats } from '../../audio/formats.ts';
import type { CaptionFormat } from '../captions.ts';
import type { LongFormSettings } from './long-form-settings.ts';

const longestName = 80;

/** `03 The Pool of Tears.mp3`; one file for all is called after the title. */
export function outputName(settings: Pick<LongFormSettings, 'title' | 'chapters' | 'output' | 'format'>, chapter: number | undefined): string {
  return `${outputStem(settings, chapter)}.${audioFormats[settings.format].fileExtension}`;
}

/** `03 The Pool of Tears.srt` */
export function captionsName(settings: Pick<LongFormSettings, 'title' | 'chapters' | 'output'>, chapter: number | undefined, format: CaptionFormat): string {
  return `${outputStem(settings, chapter)}.${format}`;
}

function outputStem({ title, chapters, output }: Pick<LongFormSettings, 'title' | 'chapters' | 'output'>, chapter: number | undefined): string {
  if (chapter === undefined || output === 'single') return safeName(title) || 'audio';
  const digits = Math.max(2, String(chapters.length).length);
  const name = safeName(chapters[chapter]!.title);
  const position = String(chapter + 1).padStart(digits, '0');
  return name === '' ? position : `${position} ${name}`;
}

/** Without what Windows, macOS or a shell would stumble over; never a name of one or two dots. */
function safeName(name: string): string {
  return name
    .normalize('NFC')
    .replace(/[\p{Cc}<>:"/\\|?*]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
    .slice(0, longestName)
    .replace(/^[.\s]+|[.\s]+$/gu, '');
}
