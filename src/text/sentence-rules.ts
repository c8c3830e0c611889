/** Decides what a stop, a line break or a run of them in a text is: the end of a sentence, or not. */
import { abbreviationsFor } from './abbreviations.ts';
import type { AbbreviationKind } from './abbreviations.ts';

export type PauseAfter = 'sentence' | 'paragraph' | 'line' | 'none';

export type SentenceRules = {
  readonly language: string;
  readonly abbreviation: (word: string) => AbbreviationKind | undefined;
};

/**
 * - `end`: the sentence ends before `end`; the next begins at or after `next`.
 * - `pass`: no end here; go on looking at `next`.
 * - `unknown`: what follows in the text decides, and it has not arrived yet.
 */
export type Verdict =
  | { readonly kind: 'end'; readonly end: number; readonly next: number; readonly pause: PauseAfter }
  | { readonly kind: 'pass'; readonly next: number }
  | { readonly kind: 'unknown' };

export type Place = {
  readonly text: string;
  /** Where the sentence began. */
  readonly start: number;
  /** The stop or line break to judge. */
  readonly at: number;
  /** False while more text may follow. */
  readonly isFinal: boolean;
};

/** Every look back or ahead is bounded, so that text of any kind takes linear time and a stream can decide. */
const maxStops = 64;
const maxBlanks = 256;
const maxOpeners = 8;
const maxWord = 24;
/** Lines longer than this were wrapped by an editor: their break is a blank, not an end. */
const wrappedLineChars = 45;
export const contextChars = 64;

const stop = /[\p{Sentence_Terminal}…]/u;
const wideStop = /[。！？｡．]/u;
const closer = /[\p{Pe}\p{Pf}"'”’*_]/u;
const opener = /[\p{Ps}\p{Pi}"'“‘¿¡*_]/u;
const lineBreak = /[\n\r\u0085\u2028\u2029]/u;
const unknown: Verdict = { kind: 'unknown' };

/** Words that begin sentences far more often than names: after "St." or "U.S." they tell an end from a name. */
const starters = new Set(
  ('The A An It He She They We You I This That These Those There Then But And Or So If When While After Before ' +
    'However In On At For From With As My His Her Our Their Its What Why How Where Who No Yes Not Now Let Please').split(' '),
);
const isPersonTitle = /^(?:Dr|Mr|Mrs|Ms|Mx|Prof|Messrs|Sr|Sra|Srta|Dra|Mme|Mlle|M|MM|Sig|Dott|Hr|Fr|Frl)$/u;

export function sentenceRules(locale: string): SentenceRules {
  return { language: locale.toLowerCase().split(/[-_]/)[0] ?? 'en', abbreviation: abbreviationsFor(locale) };
}

export function isCandidate(char: string): boolean {
  if (char >= ' ' && char < '\u007F') return char === '.' || char === '!' || char === '?' || char === ';';
  return lineBreak.test(char) || stop.test(char);
}

export function judge(place: Place, rules: SentenceRules): Verdict {
  const char = place.text[place.at]!;
  if (lineBreak.test(char)) return judgeLineBreak(place);
  return judgeStop(place, rules);
}

function judgeStop(place: Place, rules: SentenceRules): Verdict {
  const { text, at, start, isFinal } = place;
  let end = stopsEnd(text, at);
  if (end === text.length && !isFinal) return unknown;
  let blanks = blanksAt(text, end);
  if (blanks.end === text.length && !isFinal && blanks.breaks < 2 && blanks.end - end < maxBlanks) return unknown;
  // French puts a blank inside its quotation marks; in German the same mark opens.
  if (text[blanks.end] === '»' && rules.language !== 'de' && blanks.end > end) {
    end = stopsEnd(text, blanks.end);
    blanks = blanksAt(text, end);
    if (blanks.end === text.length && !isFinal && blanks.breaks < 2 && blanks.end - end < maxBlanks) return unknown;
  }
  if (blanks.end === text.length && blanks.breaks < 2 && blanks.end - end < maxBlanks) return { kind: 'end', end, next: blanks.end, pause: 'none' };
  const pause: PauseAfter = blanks.breaks >= 2 ? 'paragraph' : blanks.breaks === 1 ? 'line' : 'sentence';
  const ended: Verdict = { kind: 'end', end, next: blanks.end, pause };
  if (pause === 'paragraph' || blanks.end - end >= maxBlanks || end - at >= maxStops) return ended;
  const stops = text.slice(at, end);
  const following = followingAt(text, blanks.end, isFinal);
  if (following === undefined) return unknown;
  const passed: Verdict = { kind: 'pass', next: blanks.end };
  if (blanks.end === end) return judgeUnspaced({ stops, text, at, end }, following) ? ended : { kind: 'pass', next: end };
  if (/^[,;:)\]—–%]/u.test(following.char)) return passed;
  if (/[!?‼⁇⁈⁉؟]/u.test(stops)) return /\p{Ll}/u.test(following.char) && stops.length > 1 && closer.test(stops.at(-1)!) ? passed : ended;
  if (/…|\.\./u.test(stops)) return /\p{Ll}/u.test(following.char) ? passed : ended;
  if (text[at] !== '.') return ended;
  const isEnd = dotEnds({ text, start, at, isFinal, stops, following }, rules);
  return isEnd === undefined ? unknown : isEnd ? ended : passed;
}

/** The stops from `at` on with the quotes and brackets that close behind them. */
function stopsEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && end - at < maxStops) {
    const char = text[end]!;
    // ". . ." is one ellipsis.
    if (char === ' ' && /^ \.(?: \.|\s|$)/u.test(text.slice(end, end + 4)) && text[end - 1] === '.') end += 2;
    else if (stop.test(char) || (end > at && closer.test(char)) || char === '»') end++;
    else break;
  }
  return Math.max(end, at + 1);
}

/** "Hello!How" and "好。今" end without a blank; "example.com", "Wait!—no" and "3.14" do not. */
function judgeUnspaced({ stops, text, at, end }: { stops: string; text: string; at: number; end: number }, following: Following): boolean {
  const last = stops.replace(/[\p{Pe}\p{Pf}"'”’*_]+$/u, '').at(-1) ?? '';
  if (wideStop.test(last)) {
    if (last === '．' && /\p{N}/u.test(following.char)) return false;
    // In Japanese a quotation followed by a particle is part of its sentence, and so in Chinese.
    return !(last !== stops.at(-1) && /[とっがはのをにもで的吗吧呢]/u.test(text[end] ?? '')) && !/[、，」』）]/u.test(text[end] ?? '');
  }
  if (/[։।॥۔።᠃᠉]/u.test(last)) return true;
  return /[!?]/u.test(last) && last === stops.at(-1) && /\p{Ll}/u.test(text[at - 1] ?? '') && /\p{Lu}/u.test(following.char);
}

type Dot = Place & { readonly stops: string; readonly following: Following };

/** Whether a single "." with a blank behind it ends the sentence; undefined: the next word must arrive first. */
function dotEnds({ text, start, at, isFinal, stops, following }: Dot, rules: SentenceRules): boolean | undefined {
  const word = /[\p{L}\p{M}\p{N}.\-ªº]+$/u.exec(text.slice(Math.max(start, at - maxWord), at))?.[0] ?? '';
  const isLower = /\p{Ll}/u.test(following.char);
  if (stops.length > 1) return !isLower;
  const wordStart = at - word.length;
  // "1. First", "a. Second": the number of a list, not a sentence.
  if (/^(?:\d{1,3}|\p{L})$/u.test(word) && text.slice(start, wordStart).trim() === '' && !/^[IA]$/u.test(word)) return false;
  if (rules.language === 'de' && /^\d{1,2}$/u.test(word) && /\p{L}/u.test(following.char)) return false;
  const kind = rules.abbreviation(word);
  if (kind === 'number') return !/[\p{N}#]/u.test(following.char) && !isLower;
  if (kind === 'always' && (/^\p{Ll}/u.test(word) || isPersonTitle.test(word))) return false;
  const isDotted = /^(?:\p{L}{1,2}\.)+\p{L}{1,2}$/u.test(word);
  const isInitial = /^\p{Lu}$/u.test(word) && word !== 'I';
  if (kind === undefined && !isDotted && !isInitial) return !isLower || /^[\p{Ll}'’-]{3,}$/u.test(word) && /[aeiouyà-ÿ]/u.test(word);
  if (!/\p{Lu}/u.test(following.char)) return kind === undefined && !isLower && !/\p{N}/u.test(following.char);
  if (kind === 'continues' && !isDotted) return true;
  if (following.word === undefined) return isFinal ? false : undefined;
  return starters.has(following.word);
}

function judgeLineBreak({ text, start, at, isFinal }: Place): Verdict {
  const blanks = blanksAt(text, at);
  const end = start + text.slice(start, at).trimEnd().length;
  const isOpen = blanks.end === text.length && blanks.end - at < maxBlanks;
  if (blanks.breaks >= 2) return { kind: 'end', end, next: blanks.end, pause: 'paragraph' };
  if (isOpen) return isFinal ? { kind: 'end', end, next: blanks.end, pause: 'none' } : unknown;
  const ahead = text.slice(blanks.end, blanks.end + maxOpeners);
  if (ahead.length < maxOpeners && !isFinal) return unknown;
  const isListItem = /^(?:[-*•–—+]\s|\d{1,3}[.)]\s|#{1,6}\s|>|\|)/u.test(ahead);
  const before = text[end - 1] ?? '';
  const isContinued = !isListItem && (/^\p{Ll}/u.test(ahead) || /[,，、(\-–—]/u.test(before) || lineLength(text, end) >= wrappedLineChars);
  return isContinued ? { kind: 'pass', next: blanks.end } : { kind: 'end', end, next: blanks.end, pause: 'line' };
}

/** Characters of the line that ends at `end`, at most `contextChars`. */
function lineLength(text: string, end: number): number {
  let from = end;
  while (from > 0 && end - from < contextChars && !lineBreak.test(text[from - 1]!)) from--;
  return end - from;
}

function blanksAt(text: string, from: number): { end: number; breaks: number } {
  let end = from;
  let breaks = 0;
  while (end < text.length && end - from < maxBlanks && /\s|\u0085/u.test(text[end]!)) {
    const isPair = text[end] === '\r' && text[end + 1] === '\n';
    if (text[end] === '\u2029') breaks += 2;
    else if (lineBreak.test(text[end]!) && !isPair) breaks++;
    end++;
  }
  return { end, breaks };
}

type Following = {
  /** First character behind any opening quotes and brackets; empty at the end of the text. */
  readonly char: string;
  /** The word it begins; undefined while its end has not arrived. */
  readonly word: string | undefined;
};

/** Undefined while the character has not arrived. */
function followingAt(text: string, from: number, isFinal: boolean): Following | undefined {
  let at = from;
  while (at < text.length && at - from < maxOpeners && opener.test(text[at]!)) at++;
  if (at === text.length) return isFinal ? { char: '', word: '' } : undefined;
  const ahead = text.slice(at, at + maxWord);
  const word = /^[\p{L}\p{M}'’]+/u.exec(ahead)?.[0] ?? '';
  const isWhole = isFinal || word.length < ahead.length || ahead.length === maxWord;
  return { char: String.fromCodePoint(text.codePointAt(at)!), word: isWhole ? word : undefined };
}
