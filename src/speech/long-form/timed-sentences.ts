/** What the journals know of when each sentence was said, on the clock of the file that their parts become. */
import type { CaptionFormat } from '../captions.ts';
import type { TimedSentence } from '../timed-sentence.ts';
import { readPart } from './part-journal.ts';
import type { ReadingPart } from './reading-parts.ts';

export const captionTypes: Readonly<Record<CaptionFormat, string>> = { srt: 'application/x-subrip', vtt: 'text/vtt', json: 'application/json' };

const noTimes = { startSeconds: [], endSeconds: [] };

/** Offsets are into the whole text. Single characters come without their times, which no journal keeps. */
export async function timedSentences(folder: string, parts: readonly ReadingPart[], text: string): Promise<readonly TimedSentence[]> {
  const all: TimedSentence[] = [];
  let atSeconds = 0;
  for (const { number, start } of parts) {
    const kept = await readPart(folder, number);
    const seconds = atSeconds;
    let from = start;
    for (const { endCharacter, source, spokenText, words, startSeconds, endSeconds } of kept?.sentences ?? []) {
      all.push({
        index: all.length,
        source: { start: source.start + start, end: source.end + start },
        spokenText,
        startSeconds: startSeconds + seconds,
        endSeconds: endSeconds + seconds,
        words: words.map((word) => ({ ...word, start: word.start + start, end: word.end + start, startSeconds: word.startSeconds + seconds, endSeconds: word.endSeconds + seconds })),
        sourceCharacters: { ...noTimes, characters: text.slice(from, start + endCharacter).split('') },
        spokenCharacters: { ...noTimes, characters: [] },
      });
      from = start + endCharacter;
    }
    atSeconds += kept === undefined ? 0 : (kept.sentences.at(-1)?.endByte ?? 0) / 2 / kept.sampleRateHz;
  }
  return all;
}
