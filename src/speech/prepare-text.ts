/** From what a caller sent to the sentences that will be spoken, with the pause each one is followed by. */
import { AntiphonError } from '../errors.ts';
import { cleanText } from '../text/clean-text.ts';
import { splitSentences } from '../text/sentences.ts';
import { hasSpeakableContent } from '../text/speakable.ts';

export type PlannedSentence = {
  readonly text: string;
  /** Silence after it; 0 after the last. */
  readonly pauseAfterMs: number;
};

export type PrepareTextOptions = {
  readonly text: string;
  /** BCP 47: what ends a sentence, and which dots belong to abbreviations. */
  readonly language: string;
  readonly maxCharacters: number;
  readonly sentencePauseMs: number;
  readonly paragraphPauseMs: number;
  /** Pauses shrink and grow with the pace of the speech. */
  readonly speed: number;
};

/** Errors: input_too_long, input_empty (nothing in it can be spoken). */
export function prepareText({ text, language, maxCharacters, sentencePauseMs, paragraphPauseMs, speed }: PrepareTextOptions): readonly PlannedSentence[] {
  if (text.length > maxCharacters) {
    throw new AntiphonError('input_too_long', `input has ${text.length} characters; the most is ${maxCharacters}.`, { param: 'input' });
  }
  const pausesMs = { sentence: sentencePauseMs, line: sentencePauseMs, paragraph: paragraphPauseMs, none: 0 };
  const spoken = splitSentences(cleanText(text), { locale: language }).filter((sentence) => hasSpeakableContent(sentence.text));
  if (spoken.length === 0) throw new AntiphonError('input_empty', 'input holds nothing that can be spoken.', { param: 'input' });
  return spoken.map((sentence, index) => ({
    text: sentence.text,
    pauseAfterMs: index === spoken.length - 1 ? 0 : Math.round(pausesMs[sentence.pauseAfter] / speed),
  }));
}
