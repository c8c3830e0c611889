/** Splits text into parts that espeak takes whole: it silently cuts long clauses, long words and long numbers. */
import type { PieceWord } from './pieces.ts';

/** espeak's clause holds about 1,000 phonemes; past ~115 long words the rest is lost. Measured in `costOf` units. */
const maxPartCost = 500;
/** Letters: past ~160 a word is cut and takes time that grows with the square of its length. */
const maxWordLetters = 60;
/** From 40 digits on espeak reads digit by digit, and stops at 44. */
const maxDigits = 30;

/** Words for espeak, each with the stretch of text that it stands for. */
export type EspeakPart = readonly PieceWord[];

/**
 * The words in order, in parts that espeak takes whole; no part and no word is empty. Characters that espeak cannot
 * take are blanks here: NUL ends its input, ESC starts a command, lone surrogates break its UTF-8. A word that is cut
 * gives several of the same stretch.
 */
export function splitForEspeak(words: readonly PieceWord[]): EspeakPart[] {
  const parts: PieceWord[][] = [];
  let part: PieceWord[] = [];
  let cost = 0;
  for (const word of words.flatMap(cleanWords)) {
    const wordCost = costOf(word.value);
    if (cost + wordCost > maxPartCost && part.length > 0) {
      parts.push(part);
      part = [];
      cost = 0;
    }
    part.push(word);
    cost += wordCost;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

/** Most words are one; blanks that only espeak must not see, and too many letters, make several of it. */
function cleanWords({ value, ...span }: PieceWord): PieceWord[] {
  return clean(value).split(/\s+/u).filter((word) => word !== '').flatMap(splitWord).map((word) => ({ ...span, value: word }));
}

function clean(piece: string): string {
  return piece
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\u{FFFD}\u00A0\u202F]/gu, ' ')
    .replace(/[\u200B\u2060\uFEFF\u00AD]/gu, '')
    .replace(/[‘’ʼ]/gu, "'");
}

/** Cut inside only where the word itself is over the limit; never between a base and its combining mark. */
function splitWord(word: string): string[] {
  const grouped = word.replace(new RegExp(`\\d{${maxDigits}}(?=\\d)`, 'gu'), '$& ');
  return grouped.split(' ').flatMap((part) => {
    if (part.length <= maxWordLetters) return [part];
    return part.match(new RegExp(`(?:\\P{M}\\p{M}*){1,${maxWordLetters}}`, 'gu')) ?? [part];
  });
}

/** Roughly the phonemes the word becomes: a digit is read as a word or two, and a symbol or emoji as several. */
function costOf(word: string): number {
  let cost = 1;
  for (const char of word) cost += /[\p{L}\p{M}']/u.test(char) ? 1 : /\p{N}/u.test(char) ? 9 : 16;
  return cost;
}
