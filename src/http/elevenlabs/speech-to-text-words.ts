/** A transcript's words as ElevenLabs has them: what is between two words is an entry of its own. */
import type { TranscriptSegment } from '../../transcription/transcript.ts';

export type Granularity = 'none' | 'word' | 'character';

type Timed = { readonly text: string; readonly start?: number; readonly end?: number };
type Entry = Timed & { readonly type: 'word' | 'spacing'; readonly logprob: number; readonly characters?: readonly Timed[] };

type Word = { readonly text: string; readonly startSeconds: number; readonly endSeconds: number; readonly logprob: number };

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The texts of all entries join to the text of the transcript. A spacing lasts from the end of the word before it to the beginning of the next. */
export function toSpeechToTextWords(segments: readonly TranscriptSegment[], granularity: Granularity): Entry[] {
  const entries: Entry[] = [];
  let endedSeconds = 0;
  let blanks = '';
  const add = (type: Entry['type'], text: string, { startSeconds, endSeconds, logprob }: Omit<Word, 'text'>): void => {
    const times = granularity === 'none' ? {} : { start: round(startSeconds), end: round(endSeconds) };
    const characters = granularity === 'character' ? { characters: charactersOf(text, { startSeconds, endSeconds }) } : {};
    entries.push({ text, type, logprob, ...times, ...characters });
  };
  for (const word of segments.flatMap(wordsOf)) {
    const text = word.text.trim();
    blanks += word.text.slice(0, word.text.length - word.text.trimStart().length);
    if (text === '') continue;
    if (blanks !== '' && entries.length > 0) add('spacing', blanks, { startSeconds: endedSeconds, endSeconds: Math.max(endedSeconds, word.startSeconds), logprob: 0 });
    add('word', text, word);
    endedSeconds = word.endSeconds;
    blanks = word.text.slice(word.text.trimEnd().length);
  }
  return entries;
}

/** Without words of the model, what stands between blanks; each as likely as its segment. */
function wordsOf({ words, text, startSeconds, endSeconds, averageLogProbability }: TranscriptSegment): Word[] {
  if (words !== undefined) return words.map((word) => ({ ...word, logprob: Math.log(Math.max(Number.MIN_VALUE, word.probability)) }));
  return [...text.matchAll(/\s*\S+\s*$|\s*\S+/gu)].map(([word]) => ({ text: word, startSeconds, endSeconds, logprob: averageLogProbability }));
}

/** A word's time in equal shares: the models tell none of single characters. */
function charactersOf(text: string, { startSeconds, endSeconds }: Pick<Word, 'startSeconds' | 'endSeconds'>): Timed[] {
  const signs = [...graphemes.segment(text)].map(({ segment }) => segment);
  const at = (index: number): number => round(startSeconds + ((endSeconds - startSeconds) * index) / signs.length);
  return signs.map((sign, index) => ({ text: sign, start: at(index), end: at(index + 1) }));
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
