/** Captions of what was heard, cut as the captions of what is spoken are. */
import { captionCues } from '../../text/captions/caption-cues.ts';
import { toSrt, toVtt } from '../../text/captions/caption-files.ts';
import { shareOut, type CaptionWord } from '../../text/captions/caption-words.ts';
import { wholeSentences } from '../../text/captions/whole-sentences.ts';
import type { TranscriptSegment } from '../transcript.ts';

/** The least time of a word, so that none of the cues is empty: models give words no length now and then. */
const leastWordSeconds = 0.01;

/** `segments` in order. Cut and timed by their words; by the length of the text where there are none. The text ends with a line feed, or is empty (SubRip of nothing). */
export function transcriptCaptions(segments: readonly TranscriptSegment[], format: 'srt' | 'vtt'): string {
  const cues = captionCues(wholeSentences(toStretches(segments)));
  return format === 'srt' ? toSrt(cues) : toVtt(cues);
}

function toStretches(segments: readonly TranscriptSegment[]): CaptionWord[][] {
  let beginsAt = 0;
  return segments.map(({ text, words, ...times }) => {
    const heard = words?.map(toCaptionWord) ?? shareOut(text.trim(), times);
    return heard.filter((word) => word.text !== '').map((word) => {
      const startSeconds = Math.max(beginsAt, word.startSeconds);
      const endSeconds = Math.max(startSeconds + leastWordSeconds, word.endSeconds);
      beginsAt = startSeconds + leastWordSeconds;
      return { ...word, startSeconds, endSeconds };
    });
  }).filter((words) => words.length > 0);
}

/** A blank before it is the model's way to say that a word begins. */
function toCaptionWord({ text, startSeconds, endSeconds }: { readonly text: string; readonly startSeconds: number; readonly endSeconds: number }): CaptionWord {
  return { text: text.trim().replaceAll(/\s+/gu, ' '), startSeconds, endSeconds, ...(/^\s/u.test(text) ? {} : { isGlued: true }) };
}
