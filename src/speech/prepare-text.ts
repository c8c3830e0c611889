/** From what a caller sent to the sentences that will be spoken: how each is read, in which manner, and the silence around it. */
import { AntiphonError } from '../errors.ts';
import { sliceAligned, type AlignedText, type Span } from '../text/aligned-text.ts';
import type { Passage } from '../text/passage.ts';
import { splitSentences } from '../text/sentences.ts';
import { hasSpeakableContent } from '../text/speakable.ts';
import { passagesOf, type Markup } from './passages-of.ts';
import { readSentence, type ReadingOptions, type SaidSentence } from './read-sentence.ts';

export type PlannedSentence = {
  /** As written, cleaned. */
  readonly written: AlignedText;
  /** As the model reads it; worked out when first asked for, since a long text need not wait for its end. */
  readonly said: () => SaidSentence;
  /** The part of the request's text it answers for; together they are the whole. */
  readonly share: Span;
  /** Silence in ms of the finished stream; before only where markup asks for it at the very beginning. */
  readonly pauseBeforeMs: number;
  readonly pauseAfterMs: number;
  /** 0.25…4. */
  readonly speed: number;
  readonly pitchSemitones: number;
  readonly volumeDb: number;
  /** BCP 47, where markup wants another language than the voice's. */
  readonly language: string | undefined;
  /** It begins a paragraph, or the text. */
  readonly opensParagraph: boolean;
};

export type PrepareTextOptions = {
  readonly text: string;
  readonly markup: Markup;
  /** BCP 47: what ends a sentence, which dots belong to abbreviations, how numbers are read. */
  readonly language: string;
  readonly maxCharacters: number;
  readonly sentencePauseMs: number;
  readonly paragraphPauseMs: number;
  /** Pauses shrink and grow with the pace of the speech. */
  readonly speed: number;
  readonly reading: ReadingOptions;
};

type Draft = Omit<PlannedSentence, 'share' | 'pauseBeforeMs' | 'pauseAfterMs'> & { pauseBeforeMs: number; pauseAfterMs: number };

/** Errors: input_too_long, input_empty (nothing in it can be spoken), input_invalid for markup that is wrong. */
export function prepareText(options: PrepareTextOptions): readonly PlannedSentence[] {
  const { text, markup, language, maxCharacters } = options;
  if (text.length > maxCharacters) {
    throw new AntiphonError('input_too_long', `input has ${text.length} characters; the most is ${maxCharacters}.`, { param: 'input' });
  }
  const drafts = planSentences(passagesOf({ text, markup, language }), options);
  if (drafts.length === 0) throw new AntiphonError('input_empty', 'input holds nothing that can be spoken.', { param: 'input' });
  const endOf = (index: number): number => (index < 0 ? 0 : index === drafts.length - 1 ? text.length : (drafts[index]!.written.ends.at(-1) ?? 0));
  return drafts.map((draft, index) => ({ ...draft, share: { start: endOf(index - 1), end: endOf(index) } }));
}

function planSentences(passages: readonly Passage[], options: PrepareTextOptions): Draft[] {
  const { language, sentencePauseMs, paragraphPauseMs, speed, reading } = options;
  const pausesMs = { sentence: sentencePauseMs, line: sentencePauseMs, paragraph: paragraphPauseMs, none: 0 };
  const drafts: Draft[] = [];
  let breakMs: number | undefined;
  /** What the text itself asks for behind the last draft. */
  let natural: keyof typeof pausesMs = 'paragraph';

  for (const { text, manner, pauseBeforeMs, begins, pronunciations } of passages) {
    if (pauseBeforeMs !== undefined) breakMs = (breakMs ?? 0) + pauseBeforeMs;
    if (begins === 'paragraph') natural = 'paragraph';
    else if (begins === 'sentence' && natural === 'none') natural = 'sentence';
    const locale = manner.language ?? language;
    for (const sentence of splitSentences(text.text, { locale })) {
      const written = sliceAligned(text, sentence.start, sentence.end);
      const said = once(() => readSentence({ written, pronunciations, locale, options: reading }));
      // A lone sign or emoji may have a name; only then is it worth asking before its turn.
      if (!hasSpeakableContent(sentence.text) && !hasSpeakableContent(said().aligned.text)) continue;
      const before = drafts.at(-1);
      const pauseMs = breakMs ?? (before === undefined ? 0 : Math.round(pausesMs[natural] / speed));
      if (before !== undefined) before.pauseAfterMs = pauseMs;
      drafts.push({
        written,
        said,
        pauseBeforeMs: before === undefined ? pauseMs : 0,
        pauseAfterMs: 0,
        speed: Math.max(0.25, Math.min(4, speed * manner.rate)),
        pitchSemitones: manner.pitchSemitones,
        volumeDb: manner.volumeDb,
        language: manner.language,
        opensParagraph: natural === 'paragraph',
      });
      breakMs = undefined;
      natural = sentence.pauseAfter === 'none' && endsSentence(sentence.text) ? 'sentence' : sentence.pauseAfter;
    }
  }
  if (breakMs !== undefined && drafts.length > 0) drafts.at(-1)!.pauseAfterMs = breakMs;
  return drafts;
}

function endsSentence(text: string): boolean {
  return /[.!?…。！？][)\]"'”’»]*$/u.test(text);
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
