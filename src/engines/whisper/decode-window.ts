/**
 * Writes down one window of sound, with second tries: an attempt that repeats itself or is improbable is made again at a
 * higher temperature, as the reference implementation of Whisper does (transcribe.py).
 */
import { attemptDecoding } from './decode-attempt.ts';
import type { Attempt, AttemptOptions, DecodingStart } from './decode-attempt.ts';
import { perhapsLoop, surelyLoop } from './repetition.ts';

/** `temperature`: of the first attempt. */
export type WindowOptions = Omit<AttemptOptions, 'loop'>;

export type DecodedWindow = {
  readonly attempt: Attempt;
  /** What it was decoded from. */
  readonly start: DecodingStart;
};

const temperatureStep = 0.2;
/** Above temperature 0 chance decides; the likelier of so many counts. */
const samplesPerTemperature = 2;
const mostCompression = 2.4;
const leastLogProbability = -1;
const silenceProbability = 0.6;

/**
 * `widen` begins anew with all the context that the model was trained on: with a short one it loses the thread more
 * often (measured here: a tenth of short sentences), and that is mended before chance is tried. Yields between bounded pieces
 * of inference; returns what is written, or `undefined` where nobody speaks. Errors: engine_failed.
 */
export async function* decodeWindow(first: DecodingStart, options: WindowOptions, widen?: () => Promise<DecodingStart>): AsyncGenerator<void, DecodedWindow | undefined, undefined> {
  const failed: DecodedWindow[] = [];
  let start = first;
  for (const temperature of temperaturesFrom(options.temperature)) {
    for (;;) {
      const canWiden = widen !== undefined && start === first;
      const attempt = yield* likeliestOf(temperature === 0 ? 1 : samplesPerTemperature, start, { ...options, temperature, loop: canWiden ? perhapsLoop : surelyLoop });
      if (isSilence(attempt)) return undefined;
      if (isAcceptable(attempt)) return { attempt, start };
      failed.push({ attempt, start });
      if (!canWiden) break;
      yield;
      start = await widen();
      yield;
    }
  }
  // None is good. The last that does not repeat itself: higher temperatures come out of a rut, if by guessing.
  return failed.findLast(({ attempt }) => !repeats(attempt)) ?? failed.at(-1);
}

async function* likeliestOf(count: number, start: DecodingStart, options: AttemptOptions): AsyncGenerator<void, Attempt, undefined> {
  let best = yield* attemptDecoding(start, options);
  for (let sample = 1; sample < count; sample++) {
    yield;
    const other = yield* attemptDecoding(start, options);
    if (rank(other) > rank(best)) best = other;
  }
  return best;
}

function rank(attempt: Attempt): number {
  return repeats(attempt) ? -Infinity : attempt.averageLogProbability;
}

/** 0, 0.2 … 1; where the caller wants chance from the start, from there on. */
function temperaturesFrom(first: number): number[] {
  const count = Math.floor((1 - first) / temperatureStep + 1e-9) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(1, Math.round((first + i * temperatureStep) * 100) / 100));
}

function repeats({ end, compressionRatio }: Attempt): boolean {
  return end === 'runaway' || compressionRatio > mostCompression;
}

function isAcceptable(attempt: Attempt): boolean {
  return !repeats(attempt) && attempt.averageLogProbability >= leastLogProbability;
}

function isSilence(attempt: Attempt): boolean {
  return attempt.noSpeechProbability > silenceProbability && attempt.averageLogProbability < leastLogProbability;
}
