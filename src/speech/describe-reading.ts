/** How a sentence is read, told to a person: which parts of it are said otherwise than they are written. */
import { sourceSpan, type AlignedText, type Span } from '../text/aligned-text.ts';
import type { PlannedSentence } from './prepare-text.ts';

/** A stretch of the request's text, and what is said in its place; nothing where it is passed over. */
export type ReadingChange = Span & { readonly text: string; readonly spoken: string };

/** A word whose sounds were given, by the user's own dictionary or by markup. */
export type GivenPronunciation = Span & { readonly text: string; readonly ipa: string };

export type SentenceReading = {
  readonly source: Span & { readonly text: string };
  readonly spoken: string;
  readonly changes: readonly ReadingChange[];
  readonly pronunciations: readonly GivenPronunciation[];
  /** BCP 47, where markup wants another language than the voice's. */
  readonly language: string | undefined;
};

/** Pure. Offsets are UTF-16, into `requestText`. */
export function describeReading({ said, share, language }: Pick<PlannedSentence, 'said' | 'share' | 'language'>, requestText: string): SentenceReading {
  const { aligned, pronunciations } = said();
  const span = aligned.text.length === 0 ? share : sourceSpan(aligned, { start: 0, end: aligned.text.length });
  const at = (source: Span) => ({ ...source, text: requestText.slice(source.start, source.end) });
  return {
    source: at(span),
    spoken: aligned.text,
    changes: [...saidOtherwise(aligned), ...passedOver(aligned, requestText)]
      .map(({ source, spoken }) => ({ ...at(source), spoken }))
      .filter(({ text, spoken }) => letters(text) !== letters(spoken) || (isSpelled(spoken) && !isSpelled(text)))
      .toSorted((one, other) => one.start - other.start),
    pronunciations: pronunciations.map(({ start, end, ipa }) => ({ ...at(sourceSpan(aligned, { start, end })), ipa })),
    language,
  };
}

type Change = { readonly source: Span; readonly spoken: string };

/** Neighbours that stand for the same stretch of the source are said in its place together. */
function saidOtherwise({ text, starts, ends }: AlignedText): Change[] {
  const changes: Change[] = [];
  for (let first = 0; first < text.length; ) {
    let after = first + 1;
    while (after < text.length && starts[after] === starts[first] && ends[after] === ends[first]) after++;
    changes.push({ source: { start: starts[first]!, end: ends[first]! }, spoken: text.slice(first, after) });
    first = after;
  }
  return changes;
}

/** Of what lies between, only what has letters was somebody's word; markup was not. */
function passedOver({ text, starts, ends }: AlignedText, requestText: string): Change[] {
  const changes: Change[] = [];
  for (let i = 1; i < text.length; i++) {
    const source = { start: ends[i - 1]!, end: starts[i]! };
    if (source.end <= source.start || letters(requestText.slice(source.start, source.end).replace(/<[^<>]*>/gu, '')) === '') continue;
    changes.push({ source, spoken: '' });
  }
  return changes;
}

/** Letter by letter: `U.S.` */
function isSpelled(text: string): boolean {
  return /\p{L}\.\p{L}/u.test(text);
}

/** Quotation marks made straight and blanks made one are no other reading. */
function letters(text: string): string {
  return text.normalize('NFKC').replace(/[^\p{L}\p{N}\p{Emoji_Presentation}]/gu, '');
}
