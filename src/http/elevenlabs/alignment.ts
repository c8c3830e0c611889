/** Times of characters in ElevenLabs' shapes: seconds since the stream's first sample over HTTP, milliseconds in a WebSocket. */
import type { TimedCharacters, TimedSentence } from '../../speech/timed-sentence.ts';

export type Alignment = {
  readonly characters: readonly string[];
  readonly character_start_times_seconds: readonly number[];
  readonly character_end_times_seconds: readonly number[];
};

export type SocketAlignment = {
  readonly chars: readonly string[];
  readonly charStartTimesMs: readonly number[];
  readonly charDurationsMs: readonly number[];
};

/** What was spoken, with the blank that stands between two sentences; `follows` where another one came before. */
export function spokenOf({ spokenCharacters }: TimedSentence, follows: boolean): TimedCharacters {
  const { characters, startSeconds, endSeconds } = spokenCharacters;
  if (!follows || characters.length === 0 || /^\s/.test(characters[0]!)) return spokenCharacters;
  return { characters: [' ', ...characters], startSeconds: [startSeconds[0]!, ...startSeconds], endSeconds: [startSeconds[0]!, ...endSeconds] };
}

/** Of sentences in order; null where there is none, as where a voice tells no times. */
export function toAlignment(sentences: readonly TimedCharacters[]): Alignment | null {
  const timed = sentences.flatMap(wholeCharacters);
  if (timed.length === 0) return null;
  return {
    characters: timed.map(({ text }) => text),
    character_start_times_seconds: timed.map(({ startSeconds }) => rounded(startSeconds, 1000)),
    character_end_times_seconds: timed.map(({ endSeconds }) => rounded(endSeconds, 1000)),
  };
}

/** The same counted from `sinceSeconds` on, in whole milliseconds that add up without a gap or an overlap of rounding. */
export function toSocketAlignment(sentences: readonly TimedCharacters[], sinceSeconds: number): SocketAlignment | null {
  const timed = sentences.flatMap(wholeCharacters);
  if (timed.length === 0) return null;
  const ms = (seconds: number): number => Math.max(0, Math.round((seconds - sinceSeconds) * 1000));
  return {
    chars: timed.map(({ text }) => text),
    charStartTimesMs: timed.map(({ startSeconds }) => ms(startSeconds)),
    charDurationsMs: timed.map(({ startSeconds, endSeconds }) => ms(endSeconds) - ms(startSeconds)),
  };
}

type TimedCharacter = { readonly text: string; readonly startSeconds: number; readonly endSeconds: number };

/** Halves of a surrogate pair are no characters to anybody who reads the JSON; they become one. */
function wholeCharacters({ characters, startSeconds, endSeconds }: TimedCharacters): readonly TimedCharacter[] {
  const whole: TimedCharacter[] = [];
  for (let at = 0; at < characters.length; at++) {
    const pair = characters[at]! + (characters[at + 1] ?? '');
    const last = /^[\ud800-\udbff][\udc00-\udfff]$/.test(pair) ? at + 1 : at;
    whole.push({ text: last > at ? pair : characters[at]!, startSeconds: startSeconds[at]!, endSeconds: endSeconds[last]! });
    at = last;
  }
  return whole;
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts;
}
