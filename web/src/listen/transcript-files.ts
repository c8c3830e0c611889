/** A transcript as a file for the browser's download. */
import { textOf, type Passage } from './transcript-words.ts';
import type { ListenRun } from './listen-run.ts';

export const fileFormats = ['txt', 'srt', 'vtt', 'json'] as const;

export type FileFormat = (typeof fileFormats)[number];

/** undefined where there is none: captions are cut by the server, once it has heard all of a file. */
export function transcriptFile(run: ListenRun, format: FileFormat): Blob | undefined {
  switch (format) {
    case 'txt': return new Blob([`${textOf(run.passages)}\n`], { type: 'text/plain' });
    case 'json': return new Blob([`${JSON.stringify(toJson(run), null, 2)}\n`], { type: 'application/json' });
    case 'srt': return captions(run, 'srt', 'application/x-subrip');
    case 'vtt': return captions(run, 'vtt', 'text/vtt');
  }
}

/** `interview.mp3` → `interview.srt`; what came from the microphone has no name. */
export function fileName({ name }: ListenRun, format: FileFormat): string {
  return `${name === '' ? 'live' : name.replace(/\.[^.]*$/, '')}.${format}`;
}

export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download reads the blob after this turn; a minute is more than any browser takes to begin.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function captions({ captions: made }: ListenRun, format: 'srt' | 'vtt', type: string): Blob | undefined {
  const text = made[format];
  return text === undefined ? undefined : new Blob([text], { type });
}

function toJson({ model, language, durationSeconds, passages }: ListenRun) {
  return {
    model: model ?? null,
    language: language ?? null,
    duration_seconds: durationSeconds ?? null,
    text: textOf(passages),
    segments: passages.map(({ text, startSeconds, endSeconds, words }: Passage) => ({ start: startSeconds, end: endSeconds, text, words })),
  };
}
