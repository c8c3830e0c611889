/** How much of a hypothesis is known already, where it may say it in other words. */
import type { HeardWord } from '../engines/kinds.ts';

/** As words are compared: without case and punctuation, unless they are nothing else. */
export function foldWord(text: string): string {
  const folded = text.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');
  return folded === '' ? text.trim() : folded;
}

/** One word by which the times disagree weighs less than one word that is another. */
const timeWeight = 0.3;
const mostTimeWords = 3;

/**
 * The number of words at the beginning of `hypothesis` that say what `known` says: those with the smallest edit distance
 * to it, and where several are as near, those that were said by the end of the last known word. 0 where nothing is known.
 */
export function countKnownWords({ known, hypothesis }: { readonly known: readonly HeardWord[]; readonly hypothesis: readonly HeardWord[] }): number {
  const last = known.at(-1);
  if (last === undefined) return 0;
  const distances = prefixDistances(known.map(({ text }) => foldWord(text)), hypothesis.map(({ text }) => foldWord(text)));
  const saidByThen = hypothesis.filter(({ startSeconds, endSeconds }) => (startSeconds + endSeconds) / 2 <= last.endSeconds).length;
  const costs = distances.map((distance, count) => distance + timeWeight * Math.min(Math.abs(count - saidByThen), mostTimeWords));
  return costs.indexOf(Math.min(...costs));
}

/** Levenshtein distance of all of `from` to each beginning of `to`: to none of its words, to one, … to all. */
function prefixDistances(from: readonly string[], to: readonly string[]): readonly number[] {
  let row = Array.from({ length: to.length + 1 }, (_, count) => count);
  for (const word of from) {
    const next = [row[0]! + 1];
    to.forEach((other, i) => next.push(Math.min(row[i]! + (word === other ? 0 : 1), row[i + 1]! + 1, next[i]! + 1)));
    row = next;
  }
  return row;
}
