/** Cuts what was written in a window into segments by its timestamps, as the reference implementation does (transcribe.py). */
import { timestampsPerSecond } from './whisper-tokenizer.ts';
import type { WhisperTokenizer } from './whisper-tokenizer.ts';

export type WindowSegment = {
  /** Timestamps included. */
  readonly tokens: readonly number[];
  /** Place of its first token among those of the window. */
  readonly firstToken: number;
  /** Since the beginning of the window. */
  readonly startSeconds: number;
  readonly endSeconds: number;
};

export type WindowSegments = {
  /** In order; those with text. */
  readonly segments: readonly WindowSegment[];
  /** Up to here the model wrote down what it heard; whether somebody speaks behind it, it did not tell. */
  readonly heardSeconds: number;
};

export type WrittenWindow = {
  readonly tokens: readonly number[];
  /** The model ended by itself; else what it was about to write behind the last pair of timestamps is left out. */
  readonly isComplete: boolean;
  /** Of the window; nothing is placed beyond it. */
  readonly durationSeconds: number;
};

export function segmentsOfWindow({ tokens, isComplete, durationSeconds }: WrittenWindow, tokenizer: WhisperTokenizer): WindowSegments {
  const { timestampBegin } = tokenizer.special;
  const isTimestamp = (token: number | undefined): boolean => token !== undefined && token >= timestampBegin;
  const secondsOf = (token: number | undefined): number | undefined =>
    token === undefined || token < timestampBegin ? undefined : Math.min(durationSeconds, (token - timestampBegin) / timestampsPerSecond);

  const begins = tokens.flatMap((token, i) => (i === 0 || (isTimestamp(token) && isTimestamp(tokens[i - 1])) ? [i] : []));
  const written = begins.map((firstToken, i) => ({ firstToken, own: tokens.slice(firstToken, begins[i + 1]) }));
  if (!isComplete && written.length > 1 && secondsOf(written.at(-1)!.own.slice(1).at(-1)) === undefined) written.pop();

  const segments: WindowSegment[] = [];
  for (const { firstToken, own } of written) {
    if (tokenizer.decode(own).trim() === '') continue;
    const startSeconds = secondsOf(own[0]) ?? 0;
    segments.push({ tokens: own, firstToken, startSeconds, endSeconds: Math.max(startSeconds, secondsOf(own.at(-1)) ?? durationSeconds) });
  }
  return { segments, heardSeconds: segments.at(-1)?.endSeconds ?? durationSeconds };
}
