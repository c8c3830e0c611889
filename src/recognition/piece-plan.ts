/**
 * Where a recording is cut into pieces that are transcribed one by one. Measured with Whisper's base on one thread, 10 s
 * cost 0.38 s and 28 s cost 2.5 s, so pieces are short; but words are told by what is said around them, so they are not
 * shorter than they need be, and end where somebody pauses. Who whispers is hardly speech to a detector: of a whispering
 * voice base missed 21 of 167 words in what was surely speech, and 6 in what may be. So what may be is kept around what
 * surely is, and only what holds nothing sure is silence.
 */
import { hearingRateHz, vadFrameSamples } from '../engines/kinds.ts';
import { createSpeechDetector } from './speech-detector.ts';

export type PiecePlanOptions = {
  /** Neighbouring speech is joined up to this length. Default 12. */
  readonly targetSeconds?: number;
  /** No piece is longer, its padding included; up to here speech without a pause is kept whole. At most 30. Default 28. */
  readonly maxSeconds?: number;
  /** A longer silence ends a piece, a shorter one is kept in it. Default 2. */
  readonly maxPauseSeconds?: number;
  /** Of the silence around a piece so much is kept at each side: beginnings and ends of words are soft. Default 400. */
  readonly paddingMs?: number;
};

/** Numbers of samples since the beginning of the recording. */
export type PlannedPiece = {
  readonly startSample: number;
  readonly endSample: number;
  /** Of it somebody speaks for so long. */
  readonly speechSamples: number;
};

export type PiecePlan = {
  /** The recording's next frame: its probability of speech and its loudness (RMS). Pieces come in order and are disjoint. */
  readonly push: (frame: { readonly probability: number; readonly rms: number }) => readonly PlannedPiece[];
  /** The recording has that many samples. */
  readonly finish: (totalSamples: number) => readonly PlannedPiece[];
  /** Nothing before it will be in a piece to come. */
  readonly settledSample: () => number;
};

type Stretch = { readonly startSample: number; readonly endSample: number };
type Frame = { readonly probability: number; readonly rms: number };

/** Shorter than a breath: between phrases there is at least a choice of places to cut. */
const minSilenceMs = 128;
const minSpeechMs = 96;
/** Of a frame: it may be speech, and goes on to be. */
const perhaps = 0.2;
const perhapsStill = 0.1;
/** A piece without `minSpeechMs` of such frames in a row is none. */
const surely = 0.5;

export function createPiecePlan(options: PiecePlanOptions = {}): PiecePlan {
  const maxSamples = toSamples(options.maxSeconds ?? 28);
  const maxPause = toSamples(options.maxPauseSeconds ?? 2);
  const padding = Math.min(toSamples((options.paddingMs ?? 400) / 1000), Math.floor(maxPause / 2));
  const targetSamples = Math.min(toSamples(options.targetSeconds ?? 12), maxSamples - 2 * padding - vadFrameSamples);
  /** A beginning is told late by what it takes to be sure of it. */
  const lookBack = padding + toSamples((minSilenceMs + minSpeechMs) / 1000) + 2 * vadFrameSamples;

  const detector = createSpeechDetector({ threshold: perhaps, endThreshold: perhapsStill, minSpeechMs, minSilenceMs });
  const sure = createSureSpeech();
  let heard = 0;
  /** Where the last piece ended: the next begins there at the earliest. */
  let taken = 0;
  /** Of the piece that grows: speech that has ended, and where the speech that goes on began. */
  let stretches: Stretch[] = [];
  let speakingSince: number | undefined;
  /** Of the speech that goes on, the last ones, newest last. */
  let frames: Frame[] = [];

  const firstSpeech = () => stretches[0]?.startSample ?? speakingSince;
  const startOf = (speechStart: number) => Math.max(speechStart - padding, taken);

  /** Nothing where nobody surely speaks. */
  function cut(piece: readonly Stretch[], endSample: number): PlannedPiece[] {
    const startSample = startOf(piece[0]!.startSample);
    taken = endSample;
    return sure.takeUntil(endSample) ? [{ startSample, endSample, speechSamples: piece.reduce((sum, one) => sum + one.endSample - one.startSample, 0) }] : [];
  }

  /** All speech that has ended is a piece. */
  function close(latest: number): PlannedPiece[] {
    const ended = stretches;
    stretches = [];
    return cut(ended, Math.min(ended.at(-1)!.endSample + padding, latest));
  }

  /** At the longest pause in the later half of what fits, or else in all of it; undefined where there is none. */
  function cutAtPause(): PlannedPiece[] | undefined {
    const from = firstSpeech()!;
    const pauses = stretches.flatMap(({ endSample }, i) => {
      const next = stretches[i + 1]?.startSample ?? speakingSince;
      return next === undefined ? [] : [{ i, endSample, next, length: next - endSample, isLate: endSample - from >= targetSamples / 2 }];
    });
    const fitting = pauses.filter(({ endSample }) => endSample - from <= targetSamples);
    const late = fitting.filter(({ isLate }) => isLate);
    const choice = [late, fitting, pauses].find((some) => some.length > 0)?.reduce((best, one) => (one.length >= best.length ? one : best));
    if (choice === undefined) return undefined;
    const piece = cut(stretches.slice(0, choice.i + 1), Math.min(choice.endSample + padding, Math.floor((choice.endSample + choice.next) / 2)));
    stretches = stretches.slice(choice.i + 1);
    return piece;
  }

  /** Nobody pauses: between two syllables then, where the voice is least. */
  function cutAtWeakest(): PlannedPiece[] {
    const loudest = Math.max(...frames.map(({ rms }) => rms), Number.MIN_VALUE);
    const weakness = frames.map(({ probability, rms }) => probability + rms / loudest);
    const weakest = weakness.lastIndexOf(Math.min(...weakness));
    const atSample = heard - (frames.length - weakest) * vadFrameSamples + vadFrameSamples / 2;
    const piece = cut([{ startSample: speakingSince!, endSample: atSample }], atSample);
    speakingSince = atSample;
    frames = frames.slice(weakest + 1);
    return piece;
  }

  function keepWithinLimits(): PlannedPiece[] {
    const pieces: PlannedPiece[] = [];
    const spoken = () => (speakingSince === undefined ? stretches.at(-1)?.endSample ?? 0 : heard) - (firstSpeech() ?? 0);
    while (stretches.length > 0 && spoken() > targetSamples) {
      const piece = cutAtPause();
      if (piece === undefined) break;
      pieces.push(...piece);
    }
    if (speakingSince !== undefined && stretches.length === 0 && heard + vadFrameSamples + padding - startOf(speakingSince) > maxSamples) pieces.push(...cutAtWeakest());
    if (speakingSince === undefined && stretches.length > 0 && heard - stretches.at(-1)!.endSample > maxPause) pieces.push(...close(heard));
    return pieces;
  }

  function endSpeech(endSample: number): void {
    // It may have ended before it was cut: silence is told late.
    if (endSample > speakingSince!) stretches.push({ startSample: speakingSince!, endSample });
    speakingSince = undefined;
  }

  function remember(frame: Frame): void {
    frames.push(frame);
    // The later half of the longest piece is where it may be cut.
    if (frames.length > maxSamples / 2 / vadFrameSamples) frames.shift();
  }

  return {
    push(frame) {
      heard += vadFrameSamples;
      sure.push(frame.probability, heard);
      for (const { type, atSample } of detector.push([frame.probability])) {
        if (type === 'speech_started') {
          speakingSince = atSample;
          frames = [];
        } else endSpeech(atSample);
      }
      if (speakingSince !== undefined) remember(frame);
      return keepWithinLimits();
    },
    finish(totalSamples) {
      const [end] = detector.finish(totalSamples);
      if (end !== undefined) endSpeech(end.atSample);
      heard = totalSamples;
      const pieces = keepWithinLimits();
      if (stretches.length > 0) pieces.push(...close(totalSamples));
      taken = totalSamples;
      return pieces;
    },
    settledSample() {
      const first = firstSpeech();
      return first === undefined ? Math.max(taken, heard - lookBack) : startOf(first);
    },
  };
}

/** Remembers where somebody surely speaks. */
function createSureSpeech() {
  const detector = createSpeechDetector({ threshold: surely, minSpeechMs, minSilenceMs });
  let places: number[] = [];
  return {
    push(probability: number, heard: number): void {
      for (const { type, atSample } of detector.push([probability])) if (type === 'speech_started') places.push(atSample);
      // It goes on, perhaps in the next piece.
      if (probability >= surely && detector.speechUntil() === heard) places.push(heard - vadFrameSamples);
    },
    /** Whether anybody did before `endSample`; what lies there is forgotten. */
    takeUntil(endSample: number): boolean {
      const count = places.length;
      places = places.filter((at) => at >= endSample);
      return places.length < count;
    },
  };
}

function toSamples(seconds: number): number {
  return Math.round(seconds * hearingRateHz);
}
