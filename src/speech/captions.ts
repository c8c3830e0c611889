/** Captions of a speech as a file: SubRip, WebVTT, or JSON with every word. */
import { captionCues, type CaptionCue } from '../text/captions/caption-cues.ts';
import { toSrt, toVtt } from '../text/captions/caption-files.ts';
import { wholeSentences } from '../text/captions/whole-sentences.ts';
import { captionWords } from './caption-words.ts';
import type { TimedSentence } from './timed-sentence.ts';

export const captionFormats = ['srt', 'vtt', 'json'] as const;

export type CaptionFormat = (typeof captionFormats)[number];

export function isCaptionFormat(name: string): name is CaptionFormat {
  return (captionFormats as readonly string[]).includes(name);
}

/** `sentences` in order, as Speech.parts gives them. The text ends with a line feed. */
export function formatCaptions(sentences: readonly TimedSentence[], format: CaptionFormat): string {
  const cues = captionCues(wholeSentences(sentences.map(captionWords)));
  switch (format) {
    case 'srt':
      return toSrt(cues);
    case 'vtt':
      return toVtt(cues);
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

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
