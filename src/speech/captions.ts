/** Captions of a speech as a file: SubRip, WebVTT (https://www.w3.org/TR/webvtt1/), or JSON with every word. */
import { captionCues, type CaptionCue } from './caption-cues.ts';
import { captionWords } from './caption-words.ts';
import type { TimedSentence } from './timed-sentence.ts';

export const captionFormats = ['srt', 'vtt', 'json'] as const;

export type CaptionFormat = (typeof captionFormats)[number];

export function isCaptionFormat(name: string): name is CaptionFormat {
  return (captionFormats as readonly string[]).includes(name);
}

/** `sentences` in order, as Speech.parts gives them. The text ends with a line feed. */
export function formatCaptions(sentences: readonly TimedSentence[], format: CaptionFormat): string {
  const cues = captionCues(sentences);
  switch (format) {
    case 'srt':
      return cues.map(({ lines, startSeconds, endSeconds }, index) => `${index + 1}\n${clock(startSeconds, ',')} --> ${clock(endSeconds, ',')}\n${lines.join('\n')}\n`).join('\n');
    case 'vtt':
      return `WEBVTT\n${cues.map(({ lines, startSeconds, endSeconds }) => `\n${clock(startSeconds, '.')} --> ${clock(endSeconds, '.')}\n${lines.map(escapeVtt).join('\n')}\n`).join('')}`;
    case 'json':
      return `${JSON.stringify({ cues: cues.map(toJsonCue), sentences: sentences.map(toJsonSentence) }, null, 2)}\n`;
  }
}

function toJsonCue({ lines, startSeconds, endSeconds }: CaptionCue) {
  return { start_seconds: round(startSeconds), end_seconds: round(endSeconds), lines };
}

/** `start` and `end` are offsets into the text that was sent; without timings of its model a sentence has no words. */
function toJsonSentence(sentence: TimedSentence) {
  return {
    start: sentence.source.start,
    end: sentence.source.end,
    text: captionWords(sentence).map(({ text }) => text).join(' '),
    spoken_text: sentence.spokenText,
    start_seconds: round(Math.max(0, sentence.startSeconds)),
    end_seconds: round(sentence.endSeconds),
    words: sentence.words.map(({ text, start, end, startSeconds, endSeconds }) => ({ text, start, end, start_seconds: round(startSeconds), end_seconds: round(endSeconds) })),
  };
}

/** `01:02:03,456` */
function clock(seconds: number, separator: ',' | '.'): string {
  const ms = Math.round(seconds * 1000);
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  return `${part(Math.floor(ms / 3_600_000), 2)}:${part(Math.floor(ms / 60_000) % 60, 2)}:${part(Math.floor(ms / 1000) % 60, 2)}${separator}${part(ms % 1000, 3)}`;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function escapeVtt(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
