/**
 * Segments and words as servers of OpenAI's protocol tell them, made to keep the contract: in order, within the sound,
 * with the blanks before them, and words that join to the text of their segment. OpenAI's own words come without marks
 * and in a list of their own, so each is looked up in the text.
 */
import { compressionRatio } from '../../whisper/repetition.ts';
import type { HeardSegment, HeardWord } from '../../kinds.ts';
import type { ToldTranscript } from './transcription.ts';

type ToldSegment = NonNullable<ToldTranscript['segments']>[number];
type ToldWord = NonNullable<ToldTranscript['words']>[number];

export function toHeardSegments(told: ToldTranscript, { durationSeconds, words }: { readonly durationSeconds: number; readonly words: boolean }): readonly HeardSegment[] {
  if (told.text.trim() === '') return [];
  const segments = (told.segments ?? []).filter(({ text }) => text.trim() !== '');
  const spoken: readonly ToldSegment[] = segments.length > 0 ? segments : [{ text: told.text, start: 0, end: durationSeconds }];
  const texts = withBlanks(spoken.map(({ text }) => text), told.text);
  let from = 0;
  const placed = spoken.map((segment, index) => {
    const startSeconds = clamp(segment.start, from, durationSeconds);
    const endSeconds = clamp(segment.end, startSeconds, durationSeconds);
    from = endSeconds;
    return toSegment(segment, { text: texts[index]!, startSeconds, endSeconds });
  });
  if (!words) return placed;
  let left = told.words ?? [];
  return placed.map((segment, index) => {
    const isLast = index === placed.length - 1;
    // A word belongs to the segment in which its middle lies.
    const own = isLast ? left : left.slice(0, countWhile(left, ({ start, end }) => (start + end) / 2 < segment.endSeconds));
    left = left.slice(own.length);
    return { ...segment, words: wordsOf(segment, own) };
  });
}

function toSegment(told: ToldSegment, placed: Pick<HeardSegment, 'text' | 'startSeconds' | 'endSeconds'>): HeardSegment {
  return {
    ...placed,
    tokens: told.tokens ?? [],
    temperature: told.temperature ?? 0,
    averageLogProbability: Math.min(0, told.avg_logprob ?? 0),
    compressionRatio: told.compression_ratio ?? compressionRatio(placed.text),
    noSpeechProbability: clamp(told.no_speech_prob ?? 0, 0, 1),
  };
}

/** Some servers trim their segments; what stands between them in the whole text is their blank. */
function withBlanks(texts: readonly string[], whole: string): readonly string[] {
  let at = 0;
  return texts.map((text) => {
    const trimmed = text.trim();
    const found = whole.indexOf(trimmed, at);
    const isJoined = found !== -1 && found === at && at > 0;
    if (found !== -1) at = found + trimmed.length;
    return /^\s/.test(text) || isJoined ? text.trimEnd() : ` ${trimmed}`;
  });
}

/** The text of the segment in as many stretches as words are found in it, each with its word's times. */
function wordsOf(segment: HeardSegment, told: readonly ToldWord[]): readonly HeardWord[] {
  const { text } = segment;
  const lower = text.toLowerCase();
  const found: { end: number; readonly word: ToldWord }[] = [];
  let at = 0;
  for (const word of told) {
    const name = word.word.trim().toLowerCase();
    const start = name === '' ? -1 : lower.indexOf(name, at);
    if (start === -1) continue;
    at = start + name.length;
    // The marks behind it are its own: `Hello,`.
    at += /^[^\s\p{L}\p{N}]*/u.exec(text.slice(at))![0].length;
    found.push({ end: at, word });
  }
  const { startSeconds, endSeconds } = segment;
  if (found.length === 0) return [{ text, startSeconds, endSeconds, probability: probabilityOf(segment) }];
  found.at(-1)!.end = text.length;
  let from = startSeconds;
  return found.map(({ end, word }, index) => {
    const start = clamp(word.start, from, endSeconds);
    from = clamp(word.end, start, endSeconds);
    return { text: text.slice(found[index - 1]?.end ?? 0, end), startSeconds: start, endSeconds: from, probability: clamp(word.probability ?? probabilityOf(segment), Number.EPSILON, 1) };
  });
}

/** Of a word that is not told: its segment's mean. */
function probabilityOf({ averageLogProbability }: HeardSegment): number {
  return clamp(Math.exp(averageLogProbability), Number.EPSILON, 1);
}

function countWhile<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  const end = items.findIndex((item) => !holds(item));
  return end === -1 ? items.length : end;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
