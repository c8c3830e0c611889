/** Finds one sentence after the other; the batch and the streaming splitter are two ways to drive it. */
import { bestCut } from './clauses.ts';
import { isCandidate, judge } from './sentence-rules.ts';
import type { PauseAfter, SentenceRules } from './sentence-rules.ts';

export type Sentence = {
  /** Exactly the input from `start` to `end`, without blanks at the ends; never empty. */
  readonly text: string;
  /** UTF-16 offsets into the whole input. */
  readonly start: number;
  readonly end: number;
  /** What stands behind it. `none`: it was cut for its length, or the text ends (an empty line is a paragraph even there). */
  readonly pauseAfter: PauseAfter;
};

/** Where the scan stands; the scanner moves it. Offsets into the text it is given. */
export type Cursor = {
  start: number;
  /** Everything before it has been judged. */
  scan: number;
};

export type ScanOptions = { readonly rules: SentenceRules; readonly maxChars: number; readonly isFinal: boolean };

/**
 * The next sentence, or undefined where the text ends or, while `isFinal` is false, where the answer hangs on text
 * that has yet to come. What it looks at is bounded, hence so is what a stream must hold: 1.5 × maxChars + 400.
 */
export function nextSentence(text: string, cursor: Cursor, { rules, maxChars, isFinal }: ScanOptions): Sentence | undefined {
  while (cursor.start < text.length && isBlank(text[cursor.start]!)) cursor.start++;
  cursor.scan = Math.max(cursor.scan, cursor.start);
  if (cursor.start === text.length) return undefined;
  const { start } = cursor;
  // Half as much again as one sentence may have, so that one a little too long is cut in its middle.
  const limit = start + Math.ceil(maxChars * 1.5);
  while (cursor.scan < text.length && cursor.scan < limit) {
    const at = cursor.scan;
    if (!isCandidate(text[at]!) || (text[at] === ';' && rules.language !== 'el')) {
      cursor.scan++;
      continue;
    }
    const verdict = judge({ text, start, at, isFinal }, rules);
    if (verdict.kind === 'unknown') return undefined;
    if (verdict.kind === 'pass') {
      cursor.scan = Math.max(verdict.next, at + 1);
      continue;
    }
    return verdict.end - start > maxChars
      ? cutLong(text, cursor, { end: verdict.end, maxChars })
      : take(text, cursor, { end: verdict.end, next: verdict.next, pauseAfter: verdict.pause });
  }
  if (cursor.scan >= limit) return cutLong(text, cursor, { end: limit, maxChars });
  if (!isFinal) return undefined;
  const end = start + text.slice(start).trimEnd().length;
  if (end - start > maxChars) return cutLong(text, cursor, { end, maxChars });
  return take(text, cursor, { end, next: text.length, pauseAfter: 'none' });
}

/** Takes the first part of a sentence that is longer than `maxChars`; the rest is scanned anew. */
function cutLong(text: string, cursor: Cursor, { end, maxChars }: { end: number; maxChars: number }): Sentence {
  const { start } = cursor;
  const isNearlyShortEnough = end - start < Math.ceil(maxChars * 1.5);
  const target = start + (isNearlyShortEnough ? Math.ceil((end - start) / 2) : Math.ceil(maxChars * 0.8));
  const { at } = bestCut(text, { start, from: start + Math.ceil(maxChars / 3), to: start + maxChars, target });
  return take(text, cursor, { end: start + text.slice(start, at).trimEnd().length, next: at, pauseAfter: 'none' });
}

function take(
  text: string,
  cursor: Cursor,
  { end, next, pauseAfter }: { end: number; next: number; pauseAfter: PauseAfter },
): Sentence {
  const { start } = cursor;
  cursor.start = next;
  cursor.scan = next;
  return { text: text.slice(start, end), start, end, pauseAfter };
}

function isBlank(char: string): boolean {
  return /[\s\u0085]/u.test(char);
}
