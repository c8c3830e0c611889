/** A transcript as a file: plain text, captions, or JSON in the shapes that OpenAI's clients know. */
import { textOf, type TranscribeRequest, type Transcript } from '../transcript.ts';
import { toTranscriptJson, toVerboseJson } from './transcript-json.ts';
import { transcriptCaptions } from './transcript-captions.ts';

export const transcriptFormatNames = ['text', 'srt', 'vtt', 'json', 'verbose_json'] as const;

export type TranscriptFormat = (typeof transcriptFormatNames)[number];

type Writer = {
  readonly contentType: string;
  /** Without the dot. */
  readonly fileExtension: string;
  /** Ends with a line feed, or is empty where nobody speaks. */
  readonly write: (transcript: Transcript, request: Pick<TranscribeRequest, 'task' | 'words'>) => string;
};

export const transcriptFormats: Readonly<Record<TranscriptFormat, Writer>> = {
  text: { contentType: 'text/plain; charset=utf-8', fileExtension: 'txt', write: ({ segments }) => line(textOf(segments)) },
  srt: { contentType: 'application/x-subrip; charset=utf-8', fileExtension: 'srt', write: ({ segments }) => transcriptCaptions(segments, 'srt') },
  vtt: { contentType: 'text/vtt; charset=utf-8', fileExtension: 'vtt', write: ({ segments }) => transcriptCaptions(segments, 'vtt') },
  json: { contentType: 'application/json; charset=utf-8', fileExtension: 'json', write: (transcript, request) => line(JSON.stringify(toTranscriptJson(transcript, request))) },
  verbose_json: { contentType: 'application/json; charset=utf-8', fileExtension: 'json', write: (transcript, request) => line(JSON.stringify(toVerboseJson(transcript, request))) },
};

export function isTranscriptFormat(name: string): name is TranscriptFormat {
  return (transcriptFormatNames as readonly string[]).includes(name);
}

/** Captions are cut and timed by words, so these must be asked for with them. */
export function needsWords(format: TranscriptFormat): boolean {
  return format === 'srt' || format === 'vtt';
}

function line(text: string): string {
  return text === '' ? '' : `${text}\n`;
}
