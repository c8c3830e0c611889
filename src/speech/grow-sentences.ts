/** Sentences of a text that is still being written, a language model's answer: each is planned as soon as it is complete. */
import { AntiphonError, toAntiphonError } from '../errors.ts';
import { shiftAligned } from '../text/aligned-text.ts';
import { createSentenceStream } from '../text/sentence-stream.ts';
import type { Sentence } from '../text/sentences.ts';
import { keepEdgeMs } from './join-sentences.ts';
import { prepareText, type PlannedSentence, type PrepareTextOptions } from './prepare-text.ts';

export type GrowingText = {
  readonly sentences: AsyncGenerator<PlannedSentence>;
  /** So much of it as has come. */
  readonly text: () => string;
};

export type GrowSentencesOptions = Omit<PrepareTextOptions, 'text' | 'markup'>;

/**
 * The sentences answer for the text as those of `prepareText` do. What could not be said by itself (a line of stars)
 * is said by nobody. Errors of `sentences`: those of `pieces`; input_too_long once there is more than may be; input_empty
 * where it ended without anything to say.
 */
export function growSentences(pieces: AsyncIterable<string>, options: GrowSentencesOptions): GrowingText {
  let text = '';

  async function* sentences(): AsyncGenerator<PlannedSentence> {
    const stream = createSentenceStream({ locale: options.language });
    const planner = createPlanner(options);
    for await (const piece of pieces) {
      text += piece;
      if (text.length > options.maxCharacters) throw new AntiphonError('input_too_long', `The text has grown past ${options.maxCharacters} characters, the most that is spoken at once.`, { param: 'input' });
      for (const sentence of stream.push(piece)) yield* planner.take(text, sentence);
    }
    for (const sentence of stream.flush()) yield* planner.take(text, sentence);
    yield* planner.end(text);
    if (!planner.hasSaid()) throw new AntiphonError('input_empty', 'input holds nothing that can be spoken.', { param: 'input' });
  }

  return { sentences: sentences(), text: () => text };
}

type Planner = {
  readonly take: (text: string, sentence: Sentence) => readonly PlannedSentence[];
  /** What is still held. */
  readonly end: (text: string) => readonly PlannedSentence[];
  readonly hasSaid: () => boolean;
};

function createPlanner(options: GrowSentencesOptions): Planner {
  const { sentencePauseMs, paragraphPauseMs, speed } = options;
  const pausesMs = { sentence: sentencePauseMs, line: sentencePauseMs, paragraph: paragraphPauseMs, none: 0 };
  let plannedTo = 0;
  let answeredTo = 0;
  let ending: keyof typeof pausesMs = 'none';
  let hasSaid = false;

  function plan(text: string, end: number): readonly PlannedSentence[] {
    const from = plannedTo;
    plannedTo = end;
    const planned = prepared(withoutLoneStars(text.slice(from, end)), options).map((sentence) => shifted(sentence, from));
    if (planned.length === 0) return [];
    // What follows is not known when a sentence ends, so the silence belongs to the one behind it.
    const pauseBeforeMs = hasSaid ? Math.max(0, Math.round(pausesMs[ending] / speed) - 2 * keepEdgeMs) : 0;
    hasSaid = true;
    const first = planned[0]!;
    planned[0] = { ...first, pauseBeforeMs, share: { start: answeredTo, end: first.share.end } };
    answeredTo = end;
    return planned;
  }

  return {
    take: (text, { end, pauseAfter, text: words }) => {
      // Code is known as such only with its end; what stands in it is one stretch.
      if (isInsideCode(text.slice(plannedTo, end))) return [];
      const planned = plan(text, end);
      ending = pauseAfter === 'none' && /[.!?…。！？][)\]"'”’»]*$/u.test(words) ? 'sentence' : pauseAfter;
      return planned;
    },
    end: (text) => (text.slice(plannedTo).trim() === '' ? [] : plan(text, text.length)),
    hasSaid: () => hasSaid,
  };
}

/** None where nothing of it can be said. */
function prepared(text: string, options: GrowSentencesOptions): PlannedSentence[] {
  try {
    return [...prepareText({ ...options, text, markup: 'none' })];
  } catch (error) {
    if (toAntiphonError(error).code === 'input_empty') return [];
    throw error;
  }
}

/** The same on the whole text's own offsets. */
function shifted(sentence: PlannedSentence, by: number): PlannedSentence {
  let said: ReturnType<PlannedSentence['said']> | undefined;
  return {
    ...sentence,
    written: shiftAligned(sentence.written, by),
    said: () => {
      if (said !== undefined) return said;
      const own = sentence.said();
      return (said = { ...own, aligned: shiftAligned(own.aligned, by) });
    },
    share: { start: sentence.share.start + by, end: sentence.share.end + by },
  };
}

function isInsideCode(text: string): boolean {
  return (text.match(/^[ \t]*```/gmu) ?? []).length % 2 === 1;
}

const stress = /(?<!\*)\*\*(?!\*)/gu;

/** Stress that begins in one sentence and ends in another is markup to neither; blanks in its place keep all offsets. */
function withoutLoneStars(text: string): string {
  return (text.match(stress) ?? []).length % 2 === 0 ? text : text.replaceAll(stress, '  ');
}
