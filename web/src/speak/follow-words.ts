/** Which word of a text is heard at which moment, and how the text is cut to show it. */
import type { TimedSentence } from '../api-schemas.ts';

/** A word; a whole sentence where its model does not say when each word is heard. */
export type Mark = { readonly start: number; readonly end: number; readonly startSeconds: number };

/** A stretch of the text as it is shown; with the number of its mark where it has one. */
export type Piece = { readonly text: string; readonly mark: number | undefined };

/** In the order of the text, none overlapping another. What markup has cut from its word, a comma, is none. */
export function marksOf(sentences: readonly TimedSentence[], text: string): Mark[] {
  const marks: Mark[] = [];
  for (const sentence of sentences) {
    for (const { start, end, start_seconds: startSeconds } of sentence.words.length > 0 ? sentence.words : [sentence]) {
      if (start >= (marks.at(-1)?.end ?? 0) && !/^[\s.,;:!?…'"()[\]“”‘’«»–—-]*$/.test(text.slice(start, end))) marks.push({ start, end, startSeconds });
    }
  }
  return marks;
}

/** Who goes to a word is put on the sample nearest to its beginning, which may lie before it. */
const nearSeconds = 0.001;

/** The mark that is heard, or was the last to be heard; −1 before the first. */
export function markAt(marks: readonly Mark[], seconds: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle]!.startSeconds <= seconds + nearSeconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The whole text in order. What SSML says to the machine is not shown. */
export function piecesOf(text: string, marks: readonly Mark[], { ssml }: { readonly ssml: boolean }): Piece[] {
  const shown = (from: number, to: number): string => (ssml ? withoutMarkup(text.slice(from, to)) : text.slice(from, to));
  const pieces: Piece[] = [];
  let at = 0;
  for (const [mark, { start, end }] of marks.entries()) {
    if (start > at) pieces.push({ text: shown(at, start), mark: undefined });
    pieces.push({ text: shown(start, end), mark });
    at = end;
  }
  if (at < text.length) pieces.push({ text: shown(at, text.length), mark: undefined });
  return pieces.filter((piece) => piece.text !== '');
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: '\'' };

function withoutMarkup(text: string): string {
  return text.replaceAll(/<[^<>]*>/g, '').replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name]!);
}
