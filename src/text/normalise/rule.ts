/** What a rule of reading is: where it may begin, what it looks like, how it is said. */
import type { NumberStyle } from './number-words.ts';

/** The standard classes of written things that are not said as they are spelled. */
export type ReadingClass =
  | 'cardinal' | 'ordinal' | 'decimal' | 'fraction' | 'range' | 'score' | 'money' | 'measure' | 'date' | 'year' | 'decade'
  | 'time' | 'telephone' | 'electronic' | 'roman' | 'abbreviation' | 'letters' | 'serial' | 'verbatim' | 'symbols' | 'emoji';

export type Region = {
  /** Days before months, "and" in numbers, "oh" for nought: British habits, shared by most of the Commonwealth. */
  readonly isBritish: boolean;
  readonly numbers: NumberStyle;
};

/** Where a rule is tried. */
export type Place = {
  readonly text: string;
  readonly at: number;
  readonly region: Region;
};

export type Rule = {
  readonly name: string;
  readonly class: ReadingClass;
  /** What it begins with: a digit, any word that is not plain (capitals inside, or marks behind), one of these words or symbols. */
  readonly at: 'digit' | 'word' | { readonly words: readonly string[] } | { readonly symbols: string };
  /** Sticky, and every repeat in it is bounded: the text is read in linear time whatever it holds. */
  readonly pattern: RegExp;
  /** What is said instead of the match; undefined where it is something else after all. */
  readonly read: (match: RegExpExecArray, place: Place) => string | undefined;
};

/** A written number: 1,234.5 or 1234.5 or .5; one group. */
export const numberPattern = String.raw`(\d{1,3}(?:,\d{3}){1,12}(?:\.\d{1,36})?(?!\d)|\d{1,36}(?:\.\d{1,36})?|\.\d{1,36})`;
/** Between the two ends of a range. */
export const dashPattern = String.raw`(?:-|\s?[–—]\s?)`;

/** The word right before, without the blank or dash between; empty where there is none. Looks back 32 characters. */
export function wordBefore({ text, at }: Pick<Place, 'text' | 'at'>): string {
  const gap = text[at - 1];
  if (gap !== ' ' && gap !== '-' && gap !== '\n') return '';
  let start = at - 1;
  while (start > 0 && at - start < 32 && wordChar.test(text[start - 1]!)) start--;
  return text.slice(start, at - 1);
}

const wordChar = /[\p{L}\p{N}'’.$#]/u;

/** The word right behind one blank; empty where there is none. Looks 32 characters ahead. */
export function wordAfter(text: string, end: number): string {
  return /^[\s-]([\p{L}'’]+)/u.exec(text.slice(end, end + 32))?.[1] ?? '';
}

/** Nothing but closing marks and blanks follow. */
export function isLast(text: string, end: number): boolean {
  return end >= text.length || (text.length - end <= 8 && /^[\s.!?…"'”’)\]]*$/u.test(text.slice(end)));
}

/** Words in -s that are no plural of things: what follows a year or a measure in its sentence. */
const notThings = new Set(
  ('was is as has this its his does goes across yes perhaps always afterwards thus plus versus whereas unless towards besides less sometimes upwards downwards outdoors ' +
    'gets makes costs runs takes weighs equals means becomes gives seems comes says needs works starts ends begins ago needs plays goes').split(' '),
);

/** A plural of things, as far as its spelling tells: "tickets". */
export function isPlural(word: string): boolean {
  return /^\p{Ll}{3,}s$/u.test(word) && !word.endsWith('ss') && !notThings.has(word);
}

/** "a 5 km run", "5 km runs": such a unit is said in the singular. */
export function isAdjective(place: Place, end: number): boolean {
  const next = wordAfter(place.text, end);
  return next !== '' && (/^an?$/iu.test(wordBefore(place)) || isPlural(next));
}
