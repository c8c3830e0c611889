/** When each word of a window is heard, with the repairs that the reference implementation of Whisper makes (timing.py). */
import { hearingRateHz } from '../kinds.ts';
import type { HeardWord } from '../kinds.ts';
import { alignedFrames } from './attention-alignment.ts';
import type { DecodingStart } from './decode-attempt.ts';
import { createPauseFinder } from './pauses.ts';
import type { WordEdge } from './pauses.ts';
import type { WhisperSessions } from './whisper-sessions.ts';
import type { WindowSegment } from './window-segments.ts';
import { writtenWords } from './written-words.ts';
import type { WrittenWord } from './written-words.ts';

const frameSeconds = 0.02;
/** A word lasts no longer than twice the usual one, where a pause would else count as part of it. */
const mostMedianSeconds = 0.7;
const sentenceEnd = /[.。!！?？]["'”’)\]}]*$/u;

export type TimedSegment = WindowSegment & { readonly words: readonly HeardWord[] };

export type WordTimesRequest = {
  readonly start: DecodingStart;
  readonly segments: readonly WindowSegment[];
  /** Natural logs, of all tokens of the window. */
  readonly logProbabilities: readonly number[];
  /** What the model was told to do, without a prompt before it. */
  readonly task: readonly number[];
  readonly language: string;
  /** Of the window. */
  readonly samples: Float32Array;
};

/**
 * One inference: the whole text once more through the decoder, to see where it looks for each token. Segments begin and
 * end with their words then. Errors: engine_failed.
 */
export async function timeWords(request: WordTimesRequest): Promise<TimedSegment[]> {
  const { start, segments, samples } = request;
  const durationSeconds = samples.length / hearingRateHz;
  const { endOfText } = start.tokenizer.special;
  const texts = segments.map(({ tokens }) => tokens.filter((token) => token < endOfText));
  const edges = (await tokenTimes(texts.flat(), request)).map(createPauseFinder(samples));
  let firstToken = 0;
  const groups = segments.map((segment, i) => {
    const words = writtenWords(texts[i]!, request.language, start.tokenizer);
    const own = words.map((word) => draftOf(word, { edges, firstToken, probabilities: probabilitiesOf(segment, request) }));
    firstToken += texts[i]!.length;
    return own;
  });
  const usual = usualSeconds(groups.flat());
  shortenAtSentences(groups.flat(), 2 * usual);
  let heardSeconds = 0;
  return segments.map((segment, i) => {
    const words = groups[i]!;
    shortenAfterPause(words, { segment, usual, heardSeconds });
    const settled = settle(words, { from: heardSeconds, to: durationSeconds });
    heardSeconds = settled.at(-1)?.endSeconds ?? heardSeconds;
    return { ...segment, startSeconds: settled[0]?.startSeconds ?? heardSeconds, endSeconds: heardSeconds, words: settled };
  });
}

type Draft = { readonly text: string; startSeconds: number; endSeconds: number; readonly probability: number };

/** When each token begins, and behind the last one when the text ends. */
async function tokenTimes(text: readonly number[], { start, task, samples }: WordTimesRequest): Promise<number[]> {
  const { sessions, tokenizer, encoded } = start;
  const tokens = [...task, tokenizer.special.noTimestamps, ...text];
  const { attention } = await sessions.decode(encoded, undefined, tokens);
  const heads = sessions.spec.alignmentHeads.length;
  const durationSeconds = samples.length / hearingRateHz;
  // A token is looked for while the one before it is read.
  const frames = alignedFrames(
    { weights: attention, heads, tokens: tokens.length, frames: encoded.frames },
    { firstRow: task.length, endRow: tokens.length, soundFrames: Math.ceil(durationSeconds / frameSeconds) },
  );
  const shift = attentionShiftSeconds(sessions);
  return Array.from(frames, (frame) => Math.max(0, Math.min(durationSeconds, frame * frameSeconds + shift)));
}

/**
 * The heads of a model look ahead of the sound or behind it by a constant time. Measured against the times that two
 * synthesisers tell of their own words (208 of Piper's, 209 of Kokoro's; their medians differ by 30 ms at most); 0 for sizes
 * not measured.
 */
function attentionShiftSeconds({ spec: { width, layers, multilingual } }: WhisperSessions): number {
  if (width === 512 && layers === 6 && multilingual) return 0.085;
  if (width === 384 && layers === 4 && !multilingual) return -0.045;
  return 0;
}

function probabilitiesOf({ tokens, firstToken }: WindowSegment, { start, logProbabilities }: WordTimesRequest): number[] {
  return tokens.flatMap((token, i) => (token < start.tokenizer.special.endOfText ? [Math.exp(logProbabilities[firstToken + i]!)] : []));
}

function draftOf(word: WrittenWord, { edges, firstToken, probabilities }: { edges: readonly WordEdge[]; firstToken: number; probabilities: readonly number[] }): Draft {
  const own = probabilities.slice(word.firstSpoken, word.endSpoken);
  return {
    text: word.text,
    startSeconds: edges[firstToken + word.firstSpoken]!.startSeconds,
    endSeconds: edges[firstToken + word.endSpoken]!.endSeconds,
    probability: own.reduce((sum, probability) => sum + probability, 0) / own.length,
  };
}

function usualSeconds(words: readonly Draft[]): number {
  const lengths = words.map(secondsOf).filter((length) => length > 0).toSorted((one, other) => one - other);
  if (lengths.length === 0) return 0;
  const half = lengths.length >> 1;
  const median = lengths.length % 2 === 1 ? lengths[half]! : (lengths[half - 1]! + lengths[half]!) / 2;
  return Math.min(mostMedianSeconds, median);
}

/** The pause between two sentences belongs to neither. */
function shortenAtSentences(words: readonly Draft[], mostSeconds: number): void {
  if (mostSeconds === 0) return;
  for (const [i, word] of words.entries()) {
    if (secondsOf(word) <= mostSeconds || i === 0) continue;
    if (sentenceEnd.test(words[i - 1]!.text)) word.startSeconds = word.endSeconds - mostSeconds;
    else if (sentenceEnd.test(word.text)) word.endSeconds = word.startSeconds + mostSeconds;
  }
}

/** Behind a pause the first word often claims it; and the model's own time of a segment is the better one where they differ much. */
function shortenAfterPause(words: readonly Draft[], { segment, usual, heardSeconds }: { segment: WindowSegment; usual: number; heardSeconds: number }): void {
  const [first, second] = words;
  const last = words.at(-1);
  if (first === undefined || last === undefined) return;
  const most = 2 * usual;
  const isLate = first.endSeconds - heardSeconds > 4 * usual;
  if (isLate && (secondsOf(first) > most || (second !== undefined && second.endSeconds - first.startSeconds > 2 * most))) {
    if (second !== undefined && secondsOf(second) > most) {
      second.startSeconds = Math.max(second.endSeconds / 2, second.endSeconds - most);
      first.endSeconds = second.startSeconds;
    }
    first.startSeconds = Math.max(0, first.endSeconds - most);
  }
  if (segment.startSeconds < first.endSeconds && segment.startSeconds - 0.5 > first.startSeconds) {
    first.startSeconds = Math.max(0, Math.min(first.endSeconds - usual, segment.startSeconds));
  }
  if (segment.endSeconds > last.startSeconds && segment.endSeconds + 0.5 < last.endSeconds) {
    last.endSeconds = Math.max(last.startSeconds + usual, segment.endSeconds);
  }
}

/** In order and within the window, whatever the repairs did. */
function settle(words: readonly Draft[], { from, to }: { from: number; to: number }): HeardWord[] {
  let at = from;
  return words.map(({ text, startSeconds, endSeconds, probability }) => {
    const start = Math.min(to, Math.max(at, startSeconds));
    at = Math.min(to, Math.max(start, endSeconds));
    return { text, startSeconds: start, endSeconds: at, probability };
  });
}

function secondsOf({ startSeconds, endSeconds }: Draft): number {
  return endSeconds - startSeconds;
}
