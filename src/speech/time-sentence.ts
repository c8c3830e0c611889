/** From the sounds of a sentence to its words and characters, spoken and as the caller wrote them. */
import type { SoundTiming } from '../engines/kinds.ts';
import type { AlignedText, Span } from '../text/aligned-text.ts';
import { keepEdgeMs, type HeardSentence } from './join-sentences.ts';
import type { TimedCharacters, TimedSentence, TimedWord } from './timed-sentence.ts';

export type TimeSentenceOptions = {
  readonly heard: HeardSentence;
  /** What was spoken, and where each character of it stands in the request's text. */
  readonly spoken: AlignedText;
  readonly requestText: string;
  /** The part of the request's text that this sentence answers for: from the end of the one before to its own. */
  readonly share: Span;
  readonly sampleRateHz: number;
  /** Added to all times. */
  readonly delaySeconds: number;
};

type Stretch = { start: number; end: number };

/** What is left of the silence behind a sentence. */
const keptSilenceSeconds = keepEdgeMs / 1000;

/**
 * A word's characters share the durations of its sounds: the k-th of n letters begins where k/n of its sounds have
 * passed. Blanks and marks fill the time between words. A sentence without timings has no words and no characters.
 */
export function timeSentence({ heard, spoken, requestText, share, sampleRateHz, delaySeconds }: TimeSentenceOptions): TimedSentence {
  const onStream = (sample: number): number => delaySeconds + Math.max(0, sample / sampleRateHz);
  const seconds = (sample: number): number => onStream(heard.originSample + sample);
  const isTimed = heard.timings.length > 0;
  const spokenTimes = isTimed ? spokenCharacterTimes(spoken.text, heard.timings, seconds) : [];
  const sourceTimes = isTimed ? sourceCharacterTimes(spoken, spokenTimes, share) : [];
  const blank = heard.index === 0 ? '' : ' ';
  return {
    index: heard.index,
    source: sourceOf(spoken, share),
    spokenText: spoken.text,
    startSeconds: spokenTimes.find((_, i) => /\S/u.test(spoken.text[i]!))?.start ?? onStream(heard.startSample),
    endSeconds: spokenTimes.at(-1)?.end ?? onStream(heard.endSample),
    words: isTimed ? wordsOf({ requestText, spoken, share, times: sourceTimes }) : [],
    sourceCharacters: toCharacters(isTimed ? requestText.slice(share.start, share.end) : '', sourceTimes),
    spokenCharacters: toCharacters(isTimed ? `${blank}${spoken.text}` : '', isTimed && blank !== '' ? [{ start: spokenTimes[0]!.start, end: spokenTimes[0]!.start }, ...spokenTimes] : spokenTimes),
  };
}

function spokenCharacterTimes(text: string, timings: readonly SoundTiming[], seconds: (sample: number) => number): Stretch[] {
  const times: (Stretch | undefined)[] = Array.from({ length: text.length });
  for (const group of groupByStretch(timings)) {
    const { textStart, textEnd } = group[0]!;
    const length = textEnd - textStart;
    const boundaries = [...group.map(({ startSample }) => startSample), group.at(-1)!.endSample];
    const at = (share: number): number => {
      const position = share * group.length;
      const whole = Math.min(group.length - 1, Math.floor(position));
      return seconds(boundaries[whole]! + (position - whole) * (boundaries[whole + 1]! - boundaries[whole]!));
    };
    for (let i = 0; i < length; i++) times[textStart + i] ??= { start: at(i / length), end: at((i + 1) / length) };
  }
  return withoutLastSilence(fillGaps(times, seconds(timings[0]!.startSample)), text);
}

/** A model counts the silence behind the last word to the mark there, which is cut off before it is sent. */
function withoutLastSilence(times: readonly Stretch[], text: string): Stretch[] {
  const lastLetter = text.search(/[\p{L}\p{N}][^\p{L}\p{N}]*$/u);
  const limit = lastLetter < 0 ? Infinity : times[lastLetter]!.end + keptSilenceSeconds;
  return times.map(({ start, end }) => ({ start: Math.min(start, limit), end: Math.min(end, limit) }));
}

/** Sounds of one word follow each other; what belongs to no text (a blank between words) is left out. */
function groupByStretch(timings: readonly SoundTiming[]): SoundTiming[][] {
  const groups: SoundTiming[][] = [];
  for (const timing of timings) {
    if (timing.textEnd <= timing.textStart || timing.symbol.trim() === '') continue;
    const last = groups.at(-1);
    if (last?.[0]?.textStart === timing.textStart && last[0].textEnd === timing.textEnd) last.push(timing);
    else groups.push([timing]);
  }
  return groups;
}

/** What has no sound lasts from the end of what precedes it to the beginning of what follows; nothing goes backwards. */
function fillGaps(times: readonly (Stretch | undefined)[], beginning: number): Stretch[] {
  const filled: Stretch[] = [];
  let at = beginning;
  for (let i = 0; i < times.length; i++) {
    const own = times[i];
    if (own !== undefined) {
      const start = Math.max(at, own.start);
      at = Math.max(start, own.end);
      filled.push({ start, end: at });
      continue;
    }
    const isLastOfGap = times[i + 1] !== undefined;
    const next = isLastOfGap ? Math.max(at, times[i + 1]!.start) : at;
    filled.push({ start: at, end: next });
    at = next;
  }
  return filled;
}

/** Characters of the source share the time of what is said in their place; markup and blanks take none. */
function sourceCharacterTimes(spoken: AlignedText, times: readonly Stretch[], share: Span): Stretch[] {
  const out: (Stretch | undefined)[] = Array.from({ length: share.end - share.start });
  for (let i = 0; i < spoken.text.length; ) {
    let after = i + 1;
    while (after < spoken.text.length && spoken.starts[after] === spoken.starts[i] && spoken.ends[after] === spoken.ends[i]) after++;
    const start = spoken.starts[i]!;
    const length = spoken.ends[i]! - start;
    const said = after - i;
    const timeAt = (part: number): number => {
      const position = part * said;
      const whole = Math.min(said - 1, Math.floor(position));
      const { start: from, end: to } = times[i + whole]!;
      return from + (position - whole) * (to - from);
    };
    for (let k = 0; k < length; k++) {
      const at = start + k - share.start;
      if (at >= 0 && at < out.length) out[at] ??= { start: timeAt(k / length), end: timeAt((k + 1) / length) };
    }
    i = after;
  }
  return fillGaps(out, times[0]?.start ?? 0);
}

type WordsOptions = { readonly requestText: string; readonly spoken: AlignedText; readonly share: Span; readonly times: readonly Stretch[] };

/** Runs without blanks, cut to what is said of them: the stars of `**bold**` belong to no word. */
function wordsOf({ requestText, spoken, share, times }: WordsOptions): TimedWord[] {
  const isSaid = new Uint8Array(share.end - share.start);
  for (let i = 0; i < spoken.text.length; i++) {
    for (let at = Math.max(share.start, spoken.starts[i]!); at < Math.min(share.end, spoken.ends[i]!); at++) isSaid[at - share.start] = 1;
  }
  const words: TimedWord[] = [];
  for (const run of requestText.slice(share.start, share.end).matchAll(/\S+/gu)) {
    // Of `[page](https://…).` only "page" is a word; what is said of the rest is a mark.
    const said = saidStretches(isSaid, { start: run.index, end: run.index + run[0].length });
    const spelled = said.filter(({ start, end }) => /[\p{L}\p{N}]/u.test(requestText.slice(share.start + start, share.start + end)));
    // A sign that is said by its name is a word, a comma is none.
    const parts = spelled.length > 0 ? spelled : said.filter(({ start, end }) => times[end - 1]!.end > times[start]!.start && !/^[.,;:!?…"'“”‘’«»()[\]{}—–-]+$/u.test(requestText.slice(share.start + start, share.start + end)));
    if (parts.length === 0) continue;
    const [first, last] = [parts[0]!.start, parts.at(-1)!.end];
    words.push({ start: share.start + first, end: share.start + last, text: requestText.slice(share.start + first, share.start + last), startSeconds: times[first]!.start, endSeconds: times[last - 1]!.end });
  }
  return words;
}

function saidStretches(isSaid: Uint8Array, { start, end }: Span): Span[] {
  const stretches: Span[] = [];
  for (let at = start; at < end; ) {
    const from = isSaid.indexOf(1, at);
    if (from < 0 || from >= end) break;
    const gap = isSaid.indexOf(0, from);
    const to = gap < 0 ? end : Math.min(gap, end);
    stretches.push({ start: from, end: to });
    at = to;
  }
  return stretches;
}

function sourceOf({ text, starts, ends }: AlignedText, share: Span): Span {
  return text.length === 0 ? share : { start: starts[0]!, end: ends.at(-1)! };
}

function toCharacters(text: string, times: readonly Stretch[]): TimedCharacters {
  return { characters: text.split(''), startSeconds: times.map(({ start }) => start), endSeconds: times.map(({ end }) => end) };
}
