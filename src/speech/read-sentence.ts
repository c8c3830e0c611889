/** How one sentence is read: the user's own pronunciations, then numbers and signs in words, then words with two readings. */
import type { AlignedText, Span } from '../text/aligned-text.ts';
import { homographs } from '../text/homographs/homographs.ts';
import { normaliseSentence } from '../text/normalise/normalise.ts';
import type { Pronunciation } from '../text/passage.ts';
import { applyDictionary, type Dictionary } from '../text/pronunciation/dictionary.ts';

export type ReadingOptions = {
  /** The user's own words; undefined where there are none. */
  readonly dictionary?: Dictionary | undefined;
  /** False reads digits and signs as the engine would. */
  readonly normalise: boolean;
  /** The voice takes sounds in IPA; where it does not, only spellings help it. */
  readonly takesPronunciations: boolean;
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

/** What markup gives goes before the dictionary, and both before what English usage says. */
export function readSentence({ written, pronunciations, locale, options: { dictionary, normalise, takesPronunciations } }: ReadSentenceOptions): SaidSentence {
  const looked = dictionary === undefined ? { text: written, pronunciations: [] } : applyDictionary(written, dictionary, { language: locale, except: pronunciations });
  const aligned = normalise ? normaliseSentence(looked.text, { locale }) : looked.text;
  // What markup asks for is passed on in any case: a voice that cannot do it says so.
  const asked = pronunciations.flatMap((one) => locate(aligned, one));
  const known = takesPronunciations ? [...looked.pronunciations.flatMap((one) => locate(aligned, one)), ...homographs(aligned.text, { locale })] : [];
  return { text: aligned.text, aligned, pronunciations: disjoint([...asked, ...known]) };
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
