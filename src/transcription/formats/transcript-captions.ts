/** Captions of what was heard, cut as the captions of what is spoken are (speech/caption-cues.ts has the measures). */
import { formatCaptions, type CaptionFormat } from '../../speech/captions.ts';
import type { TimedSentence } from '../../speech/timed-sentence.ts';
import type { TranscriptSegment } from '../transcript.ts';

/**
 * Captions put a blank between words, which Chinese, Japanese or Thai do not have. A word that followed without one
 * carries this (WORD JOINER, which no model writes) until the captions are done.
 */
const joiner = '\u2060';
/** The least time of a word, so that none of the cues is empty: models give words no length now and then. */
const leastWordSeconds = 0.01;

type Word = { readonly text: string; readonly startSeconds: number; readonly endSeconds: number };

/** `segments` in order. Cut and timed by their words; by the length of the text where there are none. The text ends with a line feed, or is empty (SubRip of nothing). */
export function transcriptCaptions(segments: readonly TranscriptSegment[], format: Exclude<CaptionFormat, 'json'>): string {
  return formatCaptions(toSentences(segments), format).replaceAll(` ${joiner}`, '').replaceAll(joiner, '');
}

function toSentences(segments: readonly TranscriptSegment[]): TimedSentence[] {
  let beginsAt = 0;
  return segments.flatMap(({ index, text, ...segment }) => {
    const heard = segment.words ?? shareOut(text, segment);
    const words = heard.filter((word) => word.text.trim() !== '').map((word) => {
      const startSeconds = Math.max(beginsAt, word.startSeconds);
      const endSeconds = Math.max(startSeconds + leastWordSeconds, word.endSeconds);
      beginsAt = startSeconds + leastWordSeconds;
      return { text: captionText(word.text), start: 0, end: 0, startSeconds, endSeconds };
    });
    if (words.length === 0) return [];
    const none = { characters: [], startSeconds: [], endSeconds: [] };
    return [{
      index,
      source: { start: 0, end: 0 },
      spokenText: text,
      startSeconds: words[0]!.startSeconds,
      endSeconds: words.at(-1)!.endSeconds,
      words,
      sourceCharacters: none,
      spokenCharacters: none,
    }];
  });
}

/**
 * An arrow would begin the times of another cue in SubRip, which has no way to escape it. Captions of speech leave out
 * what is markup in the text that is spoken; here nothing is, so the joiner stands behind every sign that begins some.
 */
function captionText(text: string): string {
  const written = text.trim().replaceAll(/\s+/gu, ' ').replaceAll('-->', '->').replaceAll(/[<&\]]/gu, `$&${joiner}`);
  return /^\s/u.test(text) ? written : joiner + written;
}

function shareOut(text: string, { startSeconds, endSeconds }: { readonly startSeconds: number; readonly endSeconds: number }): Word[] {
  const at = (offset: number): number => startSeconds + (offset / text.length) * Math.max(0, endSeconds - startSeconds);
  return [...text.matchAll(/\s*\S+/gu)].map(({ 0: word, index }) => ({ text: word, startSeconds: at(index), endSeconds: at(index + word.length) }));
}
