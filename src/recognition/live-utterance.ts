/**
 * One utterance while it is spoken: which of its sound is decoded next, and which of its words are certain. Pure: it
 * holds numbers and words; sound and time are its caller's.
 */
import { hearingRateHz, type HeardSpeech } from '../engines/kinds.ts';
import { createStablePrefix, type LiveWord } from './stable-prefix.ts';

/** Samples since the beginning of the stream. */
export type DecodeStep = {
  readonly fromSample: number;
  readonly toSample: number;
  /** All that belongs to the utterance is in it. */
  readonly isLast: boolean;
  /** What was said before, for the model. */
  readonly context: string;
  /** As told before; undefined where it was not, or with doubt. */
  readonly language: string | undefined;
};

export type LiveUtterance = {
  /** From 0. */
  readonly number: number;
  /** No sound before it is needed any more. */
  readonly neededSample: () => number;
  readonly words: () => readonly LiveWord[];
  readonly pending: () => readonly LiveWord[];
  readonly language: () => string;
  readonly hasEnded: () => boolean;
  /** Of the speech; the end is 0 while it goes on. */
  readonly span: () => { readonly startSample: number; readonly endSample: number };
  /** Nobody has spoken since; sound that belongs to it goes on to `soundEnd`. */
  readonly end: (endSample: number, soundEnd: number) => void;
  /** What to decode now; `complete` where it has ended and all of it was; undefined where nothing new was said. */
  readonly next: (heardSample: number, speechUntil: number | undefined) => DecodeStep | 'complete' | undefined;
  /** What that step heard. Gives the words that became final. */
  readonly take: (heard: HeardSpeech, step: DecodeStep) => readonly LiveWord[];
  /** It is complete: all pending words are final. Gives them. */
  readonly complete: () => readonly LiveWord[];
};

export type LiveUtteranceOptions = {
  readonly number: number;
  readonly startSample: number;
  /** Where its sound begins: a little before the speech. */
  readonly soundStart: number;
  readonly agreement: number;
  /** Sound whose words are final is let go once more than this would be decoded again. */
  readonly windowSamples: number;
  /** Given by the caller of the whole stream; never told then. */
  readonly language: string | undefined;
};

const samplesOf = (seconds: number) => Math.round(seconds * hearingRateHz);

/** Of one request; the model takes 30 s. */
const mostDecoded = samplesOf(28);
/** Less has no word in it, and models invent one. */
const leastDecoded = samplesOf(0.6);
const leastNew = samplesOf(0.1);
/** Once so much silence was decoded after the speech, more of it brings nothing. */
const silenceEnough = samplesOf(0.2);
/** What stays when sound is let go although its words were not agreed upon. */
const keptAnyway = samplesOf(4);
/** Final words that are decoded again, so that the place where the sound was cut is told by them. */
const overlapWords = 3;
/** What was said before tells the model how to go on; more of it takes it longer. */
const contextCharacters = 200;
const contextWords = 60;
const crammedSeconds = 0.03;
/** A language is believed when it was told from so much sound, so certainly. */
const languageSamples = samplesOf(1.5);
const languageProbability = 0.6;

export function createLiveUtterance(options: LiveUtteranceOptions): LiveUtterance {
  const { number, startSample, windowSamples } = options;
  const stable = createStablePrefix(options);
  let windowStart = options.soundStart;
  let ended: { readonly endSample: number; readonly soundEnd: number } | undefined;
  let decodedUntil = windowStart;
  let isDoubtful = false;
  let heardLanguage: string | undefined;
  let believedLanguage = options.language;

  function step(toSample: number, isLast: boolean): DecodeStep {
    return { fromSample: windowStart, toSample, isLast, context: contextBefore(), language: believedLanguage };
  }

  function contextBefore(): string {
    const end = stable.final().length - stable.overlap().length;
    const text = stable.final().slice(Math.max(0, end - contextWords), end).map((word) => word.text).join('').trim();
    return text.length <= contextCharacters ? text : text.slice(text.indexOf(' ', text.length - contextCharacters) + 1);
  }

  /** Lets go of the sound of final words, all but the last ones. */
  function shorten(): void {
    const before = stable.overlap().slice(0, -overlapWords);
    const last = before.at(-1);
    if (last === undefined) return;
    const next = stable.overlap()[before.length]!;
    stable.release(before.length);
    windowStart = within(samplesOf((last.endSeconds + next.startSeconds) / 2));
  }

  /** Words that were never agreed upon, or none at all, must not make the window grow for ever. */
  function shortenAnyway(): readonly LiveWord[] {
    const keepFrom = decodedUntil - keptAnyway;
    const settled = stable.accept(countBefore(stable.pending(), keepFrom));
    shorten();
    if (windowStart < keepFrom) {
      stable.release(countBefore(stable.overlap(), keepFrom));
      windowStart = keepFrom;
    }
    return settled;
  }

  const within = (sample: number) => Math.min(Math.max(sample, windowStart), decodedUntil);

  return {
    number,
    neededSample: () => windowStart,
    words: stable.final,
    pending: stable.pending,
    language: () => heardLanguage ?? '',
    hasEnded: () => ended !== undefined,
    span: () => ({ startSample, endSample: ended?.endSample ?? 0 }),
    end(endSample, soundEnd) {
      ended = { endSample, soundEnd };
    },
    next(heardSample, speechUntil) {
      if (ended !== undefined) {
        if (decodedUntil >= Math.min(ended.endSample + silenceEnough, ended.soundEnd) && !isDoubtful) return 'complete';
        const toSample = Math.min(ended.soundEnd, windowStart + mostDecoded);
        return step(toSample, toSample === ended.soundEnd);
      }
      const toSample = Math.min(heardSample, windowStart + mostDecoded);
      const isNew = toSample - decodedUntil >= leastNew && decodedUntil < (speechUntil ?? heardSample) + silenceEnough;
      return isNew && toSample - windowStart >= leastDecoded ? step(toSample, false) : undefined;
    },
    take(heard, { fromSample, toSample, isLast }) {
      decodedUntil = toSample;
      const all = wordsOf(heard, { fromSample, toSample });
      const words = withoutCrammed(all);
      // The last step has to do; else the utterance is heard once more at its end.
      isDoubtful = !isLast && words.length < all.length;
      if (words.length > 0) heardLanguage = heard.language;
      if (words.length > 0 && toSample - fromSample >= languageSamples && heard.languageProbability >= languageProbability) believedLanguage ??= heard.language;
      const settled = stable.push(words);
      if (isLast || toSample - windowStart <= windowSamples) return settled;
      shorten();
      return toSample - windowStart <= 2 * windowSamples ? settled : [...settled, ...shortenAnyway()];
    },
    complete: () => stable.accept(stable.pending().length),
  };
}

/** On the clock of the stream, none outside of what was decoded. */
function wordsOf({ segments }: HeardSpeech, { fromSample, toSample }: Pick<DecodeStep, 'fromSample' | 'toSample'>): LiveWord[] {
  const at = (seconds: number) => Math.min(fromSample / hearingRateHz + seconds, toSample / hearingRateHz);
  return segments.flatMap(({ words = [] }) => words).map((word) => ({ ...word, startSeconds: at(word.startSeconds), endSeconds: at(word.endSeconds) }));
}

/**
 * Where sound ends in the middle of a phrase, models sometimes go on by themselves, most often with what was just said.
 * Such words have no sound: the alignment crams them into one instant at the end. A single one may have been cut there.
 */
function withoutCrammed(words: readonly LiveWord[]): readonly LiveWord[] {
  const lastSpoken = words.findLastIndex(({ startSeconds, endSeconds }) => endSeconds - startSeconds >= crammedSeconds);
  return words.length - lastSpoken > 2 ? words.slice(0, lastSpoken + 1) : words;
}

function countBefore(words: readonly LiveWord[], sample: number): number {
  const first = words.findIndex(({ endSeconds }) => endSeconds * hearingRateHz > sample);
  return first === -1 ? words.length : first;
}
