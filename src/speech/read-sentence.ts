/** How one sentence is read: the user's own pronunciations, then numbers and signs in words, then words with two readings. */
import type { AlignedText, Span } from '../text/aligned-text.ts';
import type { Pronunciation } from '../text/passage.ts';

export type ReadingOptions = {
  /** False reads digits and signs as the engine would. */
  readonly normalise: boolean;
};

export type SaidSentence = {
  readonly text: string;
  readonly aligned: AlignedText;
  /** Offsets into `text`, in order and disjoint. */
  readonly pronunciations: readonly Pronunciation[];
};

export type ReadSentenceOptions = {
  readonly written: AlignedText;
  /** Given by markup; offsets into the request's text. */
  readonly pronunciations: readonly Pronunciation[];
  readonly locale: string;
  readonly options: ReadingOptions;
};

export function readSentence({ written, pronunciations }: ReadSentenceOptions): SaidSentence {
  const aligned = written;
  const given = pronunciations.flatMap((one) => locate(aligned, one));
  return { text: aligned.text, aligned, pronunciations: disjoint(given) };
}

/** Where a stretch of the request's text is said; nothing where another sentence says it. */
function locate({ starts, ends }: AlignedText, { start, end, ipa }: Pronunciation): Pronunciation[] {
  const first = starts.findIndex((from, i) => from >= start && ends[i]! <= end);
  const last = ends.findLastIndex((to, i) => to <= end && starts[i]! >= start);
  return first < 0 || last < first ? [] : [{ start: first, end: last + 1, ipa }];
}

/** In order; of two that overlap the earlier in the list stays. */
function disjoint(pronunciations: readonly Pronunciation[]): Pronunciation[] {
  const kept: Pronunciation[] = [];
  const overlaps = (one: Span, other: Span): boolean => one.start < other.end && other.start < one.end;
  for (const one of pronunciations) if (!kept.some((other) => overlaps(one, other))) kept.push(one);
  return kept.toSorted((one, other) => one.start - other.start);
}
