/** What was said when: a sentence's words and characters on the clock of the stream that carries it. */
import type { Span } from '../text/aligned-text.ts';

/** One entry a UTF-16 character; seconds since the first sample of the stream, never decreasing. */
export type TimedCharacters = {
  readonly characters: readonly string[];
  readonly startSeconds: readonly number[];
  readonly endSeconds: readonly number[];
};

/** A word as the caller wrote it ("1999" is one, however many are spoken), where it lies in the request's text. */
export type TimedWord = Span & { readonly text: string; readonly startSeconds: number; readonly endSeconds: number };

export type TimedSentence = {
  readonly index: number;
  /** Where it lies in the request's text. */
  readonly source: Span;
  /** As it was read to the model. */
  readonly spokenText: string;
  readonly startSeconds: number;
  /** Of its last sound; the pause behind it not included. */
  readonly endSeconds: number;
  readonly words: readonly TimedWord[];
  /** The request's text from the end of the sentence before to the end of this one: together they are the whole text. */
  readonly sourceCharacters: TimedCharacters;
  /** The same for what was spoken, with a blank between sentences. */
  readonly spokenCharacters: TimedCharacters;
};

/** A piece of encoded audio, and the sentences that begin in it or before the next one. */
export type SpeechPart = { readonly bytes: Uint8Array; readonly sentences: readonly TimedSentence[] };
