/** Splits text that arrives in pieces, such as a language model's tokens, into sentences as they complete. */
import { contextChars, sentenceRules } from './sentence-rules.ts';
import { nextSentence } from './sentence-scanner.ts';
import type { Sentence } from './sentence-scanner.ts';
import { defaultMaxSentenceChars } from './sentences.ts';
import type { SentenceOptions } from './sentences.ts';

export type SentenceStream = {
  /** Sentences that this piece completed; most pieces complete none. Any split of a text gives the same ones. */
  push(piece: string): Sentence[];
  /** What is left, as the end of the text. The stream is then empty and may be used for another text. */
  flush(): Sentence[];
};

/** Offsets count from the start of the text. Holds at most about 1.5 × maxChars + 400 characters and the last piece. */
export function createSentenceStream({ locale = 'en', maxChars = defaultMaxSentenceChars }: SentenceOptions = {}): SentenceStream {
  if (!(maxChars >= 40)) throw new RangeError(`maxChars must be at least 40, got ${maxChars}`);
  const rules = sentenceRules(locale);
  let buffer = '';
  /** Offset of the buffer's first character in the text. */
  let base = 0;
  let cursor = { start: 0, scan: 0 };
  /** Half of a character whose other half comes with the next piece. */
  let heldSurrogate = '';

  const drain = (isFinal: boolean): Sentence[] => {
    const sentences: Sentence[] = [];
    for (;;) {
      const sentence = nextSentence(buffer, cursor, { rules, maxChars, isFinal });
      if (sentence === undefined) break;
      sentences.push({ ...sentence, start: sentence.start + base, end: sentence.end + base });
    }
    // What was said goes, but for the line it stood on: its length tells a wrapped line from a short one.
    const spent = cursor.start - contextChars;
    if (spent > 0) {
      buffer = buffer.slice(spent);
      base += spent;
      cursor = { start: cursor.start - spent, scan: cursor.scan - spent };
    }
    return sentences;
  };

  return {
    push: (piece) => {
      const arrived = heldSurrogate + piece;
      heldSurrogate = /[\uD800-\uDBFF]$/.exec(arrived)?.[0] ?? '';
      buffer += arrived.slice(0, arrived.length - heldSurrogate.length);
      return drain(false);
    },
    flush: () => {
      buffer += heldSurrogate;
      const sentences = drain(true);
      buffer = '';
      base = 0;
      cursor = { start: 0, scan: 0 };
      heldSurrogate = '';
      return sentences;
    },
  };
}
