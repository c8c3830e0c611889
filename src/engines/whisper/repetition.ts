/** Models that lose the thread say the same thing over and over; here that is seen, early and afterwards. */
import { deflateSync } from 'node:zlib';

/** Longest phrase whose repetition is looked for, in tokens. */
const longestPhrase = 24;
/** A loop is said at least so often and fills at least so many tokens: people repeat themselves, too, but not so long. */
const fewestRounds = 4;
const fewestTokens = 28;

/** Whether the same phrase is said again and again at the end. `tokens`: of text only, so that timestamps between the rounds do not hide it. */
export function isLoop(tokens: readonly number[]): boolean {
  for (let phrase = 1; phrase <= longestPhrase; phrase++) {
    const wanted = Math.max(fewestRounds * phrase, fewestTokens);
    let length = phrase;
    while (length < Math.min(wanted, tokens.length) && tokens.at(-1 - length) === tokens.at(-1 - length + phrase)) length++;
    if (length >= wanted) return true;
  }
  return false;
}

/** Bytes of a text to the same when deflated; above 2.4 it repeats itself (Whisper's own measure). 1 for no text. */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length === 0 ? 1 : bytes.length / deflateSync(bytes).length;
}
