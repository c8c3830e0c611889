/** A run of text that is said in one manner: what plain text is one of, and what markup is cut into. */
import type { AlignedText, Span } from './aligned-text.ts';

/** A stretch of a text and the sounds it shall have: IPA, words separated by blanks, stress marks before the syllable. */
export type Pronunciation = Span & { readonly ipa: string };

export type Manner = {
  /** Times the request's speed; 1 is unchanged. */
  readonly rate: number;
  /** −12…12. */
  readonly pitchSemitones: number;
  /** Added to the voice's level; −Infinity is silence. */
  readonly volumeDb: number;
  /** BCP 47, where it is another than the voice's own. */
  readonly language?: string;
};

export const plainManner: Manner = { rate: 1, pitchSemitones: 0, volumeDb: 0 };

export type Passage = {
  /** Points into the request's text, markup included. May be blank: then only its pause is heard. */
  readonly text: AlignedText;
  readonly manner: Manner;
  /** Silence before it, in place of what the text would have there; undefined where the text decides. */
  readonly pauseBeforeMs?: number;
  /** The passage begins a new sentence or paragraph, whatever its first letter looks like. */
  readonly begins?: 'sentence' | 'paragraph';
  /** Offsets into the request's text, not into `text`. */
  readonly pronunciations: readonly Pronunciation[];
};
