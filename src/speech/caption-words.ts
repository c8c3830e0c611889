/** The words of a speech's captions: as they are written, without what was markup. */
import { shareOut, type CaptionWord } from '../text/captions/caption-words.ts';
import type { TimedSentence, TimedWord } from './timed-sentence.ts';

/** A sentence's words as they are written; as they are spoken, with times by their length, where the model tells none. */
export function captionWords(sentence: TimedSentence): CaptionWord[] {
  if (sentence.words.length > 0) return writtenWords(sentence);
  // Where a sentence begins is an estimate without timings, and may lie before the stream.
  return shareOut(sentence.spokenText, { startSeconds: Math.max(0, sentence.startSeconds), endSeconds: sentence.endSeconds });
}

/** A dash that stands by itself, and begins no line, belongs to no word, but to the caption. */
function writtenWords({ words, sourceCharacters }: TimedSentence): CaptionWord[] {
  const source = sourceCharacters.characters.join('');
  let at = 0;
  return words.flatMap((word): CaptionWord[] => {
    const found = source.indexOf(word.text, at);
    const dash = found < 0 ? undefined : /[^\S\n]([-–—…]+)\s+$/u.exec(source.slice(at, found))?.[1];
    if (found >= 0) at = found + word.text.length;
    const text = withoutMarkup(word);
    if (text === '') return [];
    const own = { text, startSeconds: word.startSeconds, endSeconds: word.endSeconds };
    return dash === undefined ? [own] : [{ text: dash, startSeconds: word.startSeconds, endSeconds: word.startSeconds }, own];
  });
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' };

/** In the middle of a word: `foo<break/>bar`, `page](https://example.org).`, `R&amp;D`. */
function withoutMarkup({ text }: TimedWord): string {
  return text
    .replace(/<[/\w][^<>]*>/gu, '')
    .replace(/\]\([^()\s]*\)/gu, '')
    .replace(/&(amp|lt|gt|quot|apos);/gu, (_, name: string) => entities[name]!)
    .replace(/[\u0000-\u001f]/gu, '');
}
