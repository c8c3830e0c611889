/** Models that lose the thread say the same thing over and over; here that is seen, early and afterwards. */
import { deflateSync } from 'node:zlib';

/** Longest phrase whose repetition is looked for, in tokens. */
const longestPhrase = 40;

/** What counts as a loop: a phrase that is said so often in a row, and fills so many tokens. */
export type LoopLimit = { readonly rounds: number; readonly tokens: number };

/** People repeat themselves, too, but not so long. */
export const surelyLoop: LoopLimit = { rounds: 4, tokens: 28 };
/** A whole phrase said twice is worth a second look. */
export const perhapsLoop: LoopLimit = { rounds: 2, tokens: 10 };

/** Whether the same phrase is said again and again at the end. `tokens`: of text only, so that timestamps between the rounds do not hide it. */
export function isLoop(tokens: readonly number[], limit: LoopLimit): boolean {
  for (let phrase = 1; phrase <= longestPhrase; phrase++) {
    const wanted = Math.max(limit.rounds * phrase, limit.tokens);
    if (wanted > tokens.length) continue;
    let length = phrase;
    while (length < wanted && tokens.at(-1 - length) === tokens.at(-1 - length + phrase)) length++;
    if (length >= wanted) return true;
  }
  return false;
}

/** Bytes of a text to the same when deflated; above 2.4 it repeats itself (Whisper's own measure). 1 for no text. */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length === 0 ? 1 : bytes.length / deflateSync(bytes).length;
}
