/** Splits text into parts that espeak takes whole: it silently cuts long clauses, long words and long numbers. */

/** espeak's clause holds about 1,000 phonemes; past ~115 long words the rest is lost. Measured in `costOf` units. */
const maxPartCost = 500;
/** Letters: past ~160 a word is cut and takes time that grows with the square of its length. */
const maxWordLetters = 60;
/** From 40 digits on espeak reads digit by digit, and stops at 44. */
const maxDigits = 30;

/**
 * The parts in order, none empty; joined by blanks they hold every word of the piece. Characters that espeak
 * cannot take are blanks here: NUL ends its input, ESC starts a command, lone surrogates break its UTF-8.
 */
export function splitForEspeak(piece: string): string[] {
  const words = clean(piece)
    .split(/\s+/u)
    .filter((word) => word !== '')
    .flatMap(splitWord);
  const parts: string[] = [];
  let part: string[] = [];
  let cost = 0;
  for (const word of words) {
    const wordCost = costOf(word);
    if (cost + wordCost > maxPartCost && part.length > 0) {
      parts.push(part.join(' '));
      part = [];
      cost = 0;
    }
    part.push(word);
    cost += wordCost;
  }
  if (part.length > 0) parts.push(part.join(' '));
  return parts;
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
