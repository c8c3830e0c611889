/** The words of captions: as they are written, without what was markup, none longer than a line. */
import type { TimedSentence, TimedWord } from './timed-sentence.ts';

export type CaptionWord = { readonly text: string; readonly startSeconds: number; readonly endSeconds: number };

/** What fits into a line of a caption. */
export const lineCharacters = 42;
/** Less than the shortest pause between sentences that anybody hears. */
const seamSeconds = 0.12;

/**
 * Each sentence's words. Markup cuts a sentence where the manner of speaking changes; its pieces, which follow each
 * other without a pause, are one again.
 */
export function wholeSentences(sentences: readonly TimedSentence[]): CaptionWord[][] {
  const whole: CaptionWord[][] = [];
  for (const sentence of sentences) {
    const words = captionWords(sentence);
    const last = whole.at(-1)?.at(-1);
    if (last !== undefined && words.length > 0 && !endsSentence(last.text) && words[0]!.startSeconds - last.endSeconds < seamSeconds) whole.at(-1)!.push(...words);
    else whole.push(words);
  }
  return whole.map(joinMarks);
}

function endsSentence(text: string): boolean {
  return /[.!?…。！？:;]["'”’»)\]]*$/u.test(text);
}

/** A comma that markup has cut from its word. */
function joinMarks(words: readonly CaptionWord[]): CaptionWord[] {
  const joined: CaptionWord[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    if (before !== undefined && /^[.,;:!?…)\]”’»]+$/u.test(word.text)) joined[joined.length - 1] = { ...before, text: before.text + word.text, endSeconds: word.endSeconds };
    else joined.push(word);
  }
  return joined;
}

/** A sentence's words as they are written; as they are spoken, with times by their length, where the model tells none. */
export function captionWords(sentence: TimedSentence): CaptionWord[] {
  const words = sentence.words.length > 0 ? writtenWords(sentence) : shareOut(sentence.spokenText, sentence);
  return words.flatMap(cutLongWord);
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

function shareOut(text: string, { startSeconds, endSeconds }: { readonly startSeconds: number; readonly endSeconds: number }): CaptionWord[] {
  // Where a sentence begins is an estimate without timings, and may lie before the stream.
  const from = Math.max(0, startSeconds);
  const at = (offset: number): number => from + (offset / Math.max(1, text.length)) * Math.max(0, endSeconds - from);
  return [...text.matchAll(/\S+/gu)].map(({ 0: word, index }) => ({ text: word, startSeconds: at(index), endSeconds: at(index + word.length) }));
}

/** An address, or a sentence of a script without blanks. */
function cutLongWord(word: CaptionWord): CaptionWord[] {
  if (word.text.length <= lineCharacters) return [word];
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word.text)].map(({ segment }) => segment);
  const pieces: string[] = [''];
  for (const grapheme of graphemes) {
    if (pieces.at(-1)!.length + grapheme.length > lineCharacters) pieces.push('');
    pieces[pieces.length - 1] += grapheme;
  }
  let done = 0;
  const seconds = word.endSeconds - word.startSeconds;
  return pieces.map((text) => {
    const startSeconds = word.startSeconds + (done / word.text.length) * seconds;
    done += text.length;
    return { text, startSeconds, endSeconds: word.startSeconds + (done / word.text.length) * seconds };
  });
}
