/** The words of captions: what is shown when, none longer than a line. */

export type CaptionWord = {
  readonly text: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** No blank stands before it: Chinese, Japanese and Thai have none between words. */
  readonly isGlued?: boolean;
};

/** What fits into a line of a caption. */
export const lineCharacters = 42;

export function textOf(words: readonly CaptionWord[]): string {
  return words.map(({ text, isGlued }, index) => (index === 0 || isGlued === true ? text : ` ${text}`)).join('');
}

/** Of `textOf`. */
export function lengthOf(words: readonly CaptionWord[]): number {
  return words.reduce((sum, { text, isGlued }, index) => sum + text.length + (index === 0 || isGlued === true ? 0 : 1), 0);
}

/** An address, or a sentence of a script without blanks. */
export function cutLongWord(word: CaptionWord): CaptionWord[] {
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

/** The words of `text` with times by their length, where nothing tells better. */
export function shareOut(text: string, { startSeconds, endSeconds }: { readonly startSeconds: number; readonly endSeconds: number }): CaptionWord[] {
  const at = (offset: number): number => startSeconds + (offset / Math.max(1, text.length)) * Math.max(0, endSeconds - startSeconds);
  return [...text.matchAll(/\S+/gu)].map(({ 0: word, index }) => ({ text: word, startSeconds: at(index), endSeconds: at(index + word.length) }));
}
