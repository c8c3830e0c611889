/** The story of one request to Whisper: encode, tell the language, write down window by window, cut into segments, time the words. */
import { hearingRateHz } from '../kinds.ts';
import type { HeardSegment, HeardSpeech, TranscriptionRequest } from '../kinds.ts';
import { startDecoding } from './decode-attempt.ts';
import type { Attempt } from './decode-attempt.ts';
import { decodeWindow } from './decode-window.ts';
import { detectLanguage } from './detect-language.ts';
import type { DetectedLanguage } from './detect-language.ts';
import { goesOnSpeaking, isSilent } from './loudness-check.ts';
import { seededRandom } from './token-choice.ts';
import type { EncodedAudio, WhisperSessions } from './whisper-sessions.ts';
import type { WhisperTokenizer } from './whisper-tokenizer.ts';
import { segmentsOfWindow } from './window-segments.ts';
import type { WindowSegment } from './window-segments.ts';
import { timeWords } from './word-times.ts';
import type { TimedSegment } from './word-times.ts';

export type WhisperListener = {
  readonly sessions: WhisperSessions;
  readonly tokenizer: WhisperTokenizer;
  /** Codes that the model understands; an English-only model is told no language. */
  readonly languages: readonly string[];
};

const framesPerSecond = 50;
/**
 * Below it even short sounds are misheard. The smallest models need more: of 160 words each of two voices tiny.en
 * missed 97 and 120 at 256 frames, 25 and 28 at 512, 18 and 19 with all; base as many at 256 as with all.
 */
const fewestFrames = { tiny: 512, others: 256 };
/** Numbers that stand for a frame: 384 in the tiny models, 512 in the base ones. */
const tinyWidth = 384;
/**
 * Silence behind the sound, in which the model hears that it is over. Of 265 spoken sentences base had 93 words wrong
 * with a second of it and 96 with two. Where the language has to be told, too, and in the smallest models, more is safe.
 */
const framesBehind = { tiny: 100, others: 50, languageUnknown: 100 };
/** Another look has all the context that the model was trained on, where the first had at most so much of it. */
const mostShareForAnotherLook = 0.75;
/** Half of the text that the decoder can hold, without the token before it. */
const mostPromptTokens = 223;
/** A token is rarely longer; what lies further back cannot count. */
const mostPromptCharacters = 2500;
/** Fast speech in a script that takes several tokens a character (Hindi) reaches 25 tokens a second. */
const mostTokensPerSecond = 30;
const fewestTokens = 32;
/** A rest that is shorter holds no word of its own. */
const leastRestSeconds = 1;
const leastProgressSeconds = 0.5;
/** Measured on 150 sounds of six languages, all up to 2 s or in noise: as often right as with all context, which a quarter of them needed. */
const sureLanguage = 0.8;
/** Above it chance had a hand in the text, and it would mislead as a prompt. */
const mostPromptTemperature = 0.5;

type Window = {
  readonly request: TranscriptionRequest;
  readonly samples: Float32Array;
  readonly language: string;
  /** Of the text before it. */
  readonly context: readonly number[];
  readonly encoded: EncodedAudio;
};

type HeardWindow = { readonly attempt: Attempt; readonly segments: readonly (WindowSegment | TimedSegment)[]; readonly heardSeconds: number };

/** Yields between bounded pieces of inference. The same request gives the same result. Errors: engine_failed. */
export async function* hearSpeech(request: TranscriptionRequest, listener: WhisperListener): AsyncGenerator<void, HeardSpeech, undefined> {
  const { samples } = request;
  if (isSilent(samples)) return { language: request.language ?? listener.languages[0]!, languageProbability: request.language === undefined ? 0 : 1, segments: [] };

  let { encoded, told } = yield* encodeFirst(request, listener);
  const context = request.prompt === undefined ? [] : listener.tokenizer.encode(` ${request.prompt.trim().slice(-mostPromptCharacters)}`);
  const segments: HeardSegment[] = [];
  for (let from = 0; ; ) {
    const window = { request, samples: samples.subarray(from), language: told.language, context, encoded };
    yield;
    const heard = yield* hearWindow(window, listener);
    if (heard === undefined) break;
    for (const segment of heard.segments) segments.push(heardSegment(segment, { heard, fromSeconds: from / hearingRateHz, listener }));
    const rest = Math.ceil(heard.heardSeconds * hearingRateHz);
    if (!hasMore(window.samples, rest)) break;
    if (heard.attempt.temperature <= mostPromptTemperature) context.push(...textTokens(heard.attempt.tokens, listener));
    from += rest;
    yield;
    encoded = await listener.sessions.encode(samples.subarray(from), contextFrames(samples.length - from, { listener, isLanguageKnown: true }));
  }
  return { language: told.language, languageProbability: told.probability, segments };
}

/**
 * The language is told from as much context as the transcript needs, where that is sure; else from all that the model
 * was trained on, which then serves the first window, too.
 */
async function* encodeFirst({ samples, language }: TranscriptionRequest, listener: WhisperListener): AsyncGenerator<void, { encoded: EncodedAudio; told: DetectedLanguage }, undefined> {
  const { sessions, languages } = listener;
  const known = language ?? (languages.length === 1 ? languages[0] : undefined);
  const encoded = await sessions.encode(samples, contextFrames(samples.length, { listener, isLanguageKnown: known !== undefined }));
  if (known !== undefined) return { encoded, told: { language: known, probability: 1 } };
  yield;
  const told = await detectLanguage(encoded, listener);
  if (told.probability >= sureLanguage || encoded.frames === sessions.spec.maxFrames) return { encoded, told };
  yield;
  const wide = await sessions.encode(samples, sessions.spec.maxFrames);
  yield;
  return { encoded: wide, told: await detectLanguage(wide, listener) };
}

async function* hearWindow({ request, samples, language, context, encoded }: Window, { sessions, tokenizer, languages }: WhisperListener): AsyncGenerator<void, HeardWindow | undefined, undefined> {
  const { special } = tokenizer;
  const durationSeconds = samples.length / hearingRateHz;
  const task = languages.length === 1 ? [special.startOfTranscript] : [special.startOfTranscript, tokenizer.languages.get(language)!, request.task === 'translate' ? special.translate : special.transcribe];
  const before = context.slice(-mostPromptTokens);
  const prompt = before.length === 0 ? task : [special.startOfPrevious, ...before, ...task];
  const begin = (sound: EncodedAudio) => startDecoding({ sessions, tokenizer, encoded: sound, prompt });
  const beginWith = (frames: number) => async () => begin(await sessions.encode(samples, frames));
  const { maxFrames } = sessions.spec;
  const isShort = encoded.frames <= mostShareForAnotherLook * maxFrames;
  const first = await begin(encoded);
  yield;
  const mostTokens = Math.min(sessions.spec.maxTokens - prompt.length, fewestTokens + Math.ceil(mostTokensPerSecond * durationSeconds));
  const options = { temperature: request.temperature ?? 0, mostTokens, durationSeconds, random: seededRandom(samples.length) };
  const decoded = yield* decodeWindow(first, options, {
    lookAgain: request.careful === true && isShort ? beginWith(maxFrames) : undefined,
    widen: encoded.frames < maxFrames ? beginWith(maxFrames) : undefined,
  });
  if (decoded === undefined) return undefined;
  const { attempt, start } = decoded;
  const { segments, heardSeconds } = segmentsOfWindow({ tokens: attempt.tokens, isComplete: attempt.end === 'complete', durationSeconds }, tokenizer);
  if (!request.words || segments.length === 0) return { attempt, segments, heardSeconds };
  yield;
  const timed = await timeWords({ start, segments, logProbabilities: attempt.logProbabilities, task, language: request.task === 'translate' ? 'en' : language, samples });
  // Words are placed more exactly than segments; the next window must not begin inside one.
  return { attempt, segments: timed, heardSeconds: Math.max(heardSeconds, timed.at(-1)!.endSeconds) };
}

function heardSegment(segment: WindowSegment | TimedSegment, { heard: { attempt }, fromSeconds, listener }: { heard: HeardWindow; fromSeconds: number; listener: WhisperListener }): HeardSegment {
  const shifted = <Span extends { readonly startSeconds: number; readonly endSeconds: number }>(span: Span): Span => ({ ...span, startSeconds: fromSeconds + span.startSeconds, endSeconds: fromSeconds + span.endSeconds });
  const { startSeconds, endSeconds, tokens } = shifted(segment);
  return {
    text: listener.tokenizer.decode(tokens),
    startSeconds,
    endSeconds,
    tokens,
    temperature: attempt.temperature,
    averageLogProbability: attempt.averageLogProbability,
    compressionRatio: attempt.compressionRatio,
    noSpeechProbability: attempt.noSpeechProbability,
    ...('words' in segment && { words: segment.words.map(shifted) }),
  };
}

/** Whether somebody still speaks behind what was written down, so that the rest is heard as a window of its own. */
function hasMore(samples: Float32Array, from: number): boolean {
  return from >= leastProgressSeconds * hearingRateHz && samples.length - from >= leastRestSeconds * hearingRateHz && goesOnSpeaking(samples, from);
}

function contextFrames(sampleCount: number, { listener: { sessions: { spec } }, isLanguageKnown }: { listener: WhisperListener; isLanguageKnown: boolean }): number {
  const size = spec.width <= tinyWidth ? 'tiny' : 'others';
  const behind = isLanguageKnown ? framesBehind[size] : framesBehind.languageUnknown;
  return Math.min(spec.maxFrames, Math.max(fewestFrames[size], Math.ceil((framesPerSecond * sampleCount) / hearingRateHz) + behind));
}

function textTokens(tokens: readonly number[], { tokenizer }: WhisperListener): number[] {
  return tokens.filter((token) => token < tokenizer.special.endOfText);
}
