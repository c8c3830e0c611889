/**
 * When each symbol of an utterance is heard. The model's durations are near it, and late: measured on 6 voices by 20 to
 * 140 ms at the onsets, and sounds before a pause are told to last into it. The energy that the model predicts for each
 * frame agrees with the sound to 15 ms, so that pauses and both ends are read from it, and what lies between is shifted.
 */
import type { SoundTiming } from '../kinds.ts';
import { samplesPerFrame } from './kokoro-model.ts';
import type { Prosody } from './kokoro-model.ts';
import type { KokoroToken } from './kokoro-tokens.ts';
import type { FrameWindow } from './window-plan.ts';

export type PlacedUtterance = {
  readonly prosody: Pick<Prosody, 'durations' | 'frames'> & { readonly tracks: Pick<Prosody['tracks'], 'energy'> };
  /** The frames that are made: silence at both ends of the utterance is left out. */
  readonly range: FrameWindow;
  /** Samples that the sentence has had before this utterance. */
  readonly samplesBefore: number;
};

/** Half frames, 12.5 ms: the model gives pitch and energy for each. */
type Half = number;

/** Energy below which nothing is heard beside speech: 35 dB under it. */
const silentEnergy = -2;
/** A sound dies away below it: what the model still calls energy is then inaudible. */
const fadedEnergy = 2;
/** Shorter ones are closures of stops. */
const shortestPause: Half = 3;
/** How far from the durations' own word a pause may end. */
const reach = { before: 16, after: 5 } as const;
/** Sound follows its energy by 9 ms. */
const soundLag: Half = 0.7;
/** How late durations are where nothing tells it. */
const usualLag: Half = 3.5;
const pausingMark = /[;:,.!?—…]/u;

/** One timing a token, in order, within the samples of the range. */
export function kokoroTimings(tokens: readonly KokoroToken[], { prosody, range, samplesBefore }: PlacedUtterance): SoundTiming[] {
  const edges = toldEdges(prosody);
  const phrases = toPhrases(tokens, { edges, energy: prosody.tracks.energy });
  const toSample = (half: Half): number => samplesBefore + Math.round((Math.max(2 * range.from, Math.min(2 * range.to, half)) - 2 * range.from) * (samplesPerFrame / 2));
  let latest = 0;
  const heard = phrases.flatMap((phrase, index) => placePhrase(phrase, { edges, next: phrases[index + 1] })).map((half) => (latest = Math.max(latest, half)));
  return tokens.map(({ symbol, start, end }, index) => ({
    symbol,
    textStart: start,
    textEnd: end,
    startSample: toSample(heard[index]!),
    endSample: toSample(heard[index + 1] ?? Math.max(latest, phrases.at(-1)!.offset)),
  }));
}

/** Where each token begins by the durations, and where the last one ends. Above speed 2 frames were thinned out. */
function toldEdges({ durations, frames }: Pick<Prosody, 'durations' | 'frames'>): Half[] {
  const scale = (2 * frames) / durations.reduce((sum, count) => sum + count, 0);
  let at = 0;
  return durations.slice(0, -1).map((count) => (at += count) * scale);
}

/** Tokens that are said without a pause, and the marks behind them. */
type Phrase = {
  readonly from: number;
  /** Index of the first token of the marks behind; the index behind those. */
  readonly marksFrom: number;
  readonly to: number;
  /** Where its sound begins and ends. */
  readonly onset: Half;
  readonly offset: Half;
};

type Told = { readonly edges: readonly Half[]; readonly energy: Float32Array };

function toPhrases(tokens: readonly KokoroToken[], { edges, energy }: Told): Phrase[] {
  const sounds = energy.findIndex((value) => value > silentEnergy);
  const phrases: Phrase[] = [];
  const end = Math.max(energy.findLastIndex((value) => value > fadedEnergy) + 1, sounds) + soundLag;
  let from = 0;
  let onset = Math.max(0, sounds) + soundLag;
  for (const { marksFrom, to } of markGroups(tokens)) {
    const pause = to < tokens.length ? pauseNear(edges[to]!, energy) : undefined;
    if (to < tokens.length && (pause === undefined || pause.start <= onset)) continue;
    phrases.push({ from, marksFrom, to, onset, offset: pause?.start ?? end });
    from = to;
    onset = pause?.end ?? end;
  }
  return phrases;
}

/** Runs of marks and blanks that hold a pausing mark; the last reaches to the end, with or without a mark. */
function markGroups(tokens: readonly KokoroToken[]): { marksFrom: number; to: number }[] {
  const isSound = (index: number): boolean => /[\p{L}ˈˌ]/u.test(tokens[index]!.symbol);
  const groups: { marksFrom: number; to: number }[] = [];
  for (let index = 0; index < tokens.length; ) {
    if (isSound(index)) {
      index++;
      continue;
    }
    const marksFrom = index;
    while (index < tokens.length && !isSound(index)) index++;
    if (index === tokens.length || tokens.slice(marksFrom, index).some(({ symbol }) => pausingMark.test(symbol))) groups.push({ marksFrom, to: index });
  }
  if (groups.at(-1)?.to !== tokens.length) groups.push({ marksFrom: tokens.length, to: tokens.length });
  return groups;
}

/** The longest silence that ends about where the next word is told to begin. */
function pauseNear(told: Half, energy: Float32Array): { start: Half; end: Half } | undefined {
  let best: { start: Half; end: Half } | undefined;
  for (let end = Math.max(1, Math.round(told) - reach.before); end <= Math.min(energy.length - 1, told + reach.after); end++) {
    if (energy[end]! <= silentEnergy || energy[end - 1]! > silentEnergy) continue;
    let start = end;
    while (start > 0 && energy[start - 1]! <= silentEnergy) start--;
    if (end - start < shortestPause) continue;
    while (start > 0 && energy[start - 1]! <= fadedEnergy) start--;
    if (end - start > (best === undefined ? 0 : best.end - best.start)) best = { start: start + soundLag, end: end + soundLag };
  }
  return best;
}

/** Where each token of a phrase begins: shifted as its first is, ever more as the first of the next phrase is. */
function placePhrase({ from, marksFrom, to, onset, offset }: Phrase, { edges, next }: { edges: readonly Half[]; next: Phrase | undefined }): Half[] {
  const lag = edges[from]! - onset;
  const endLag = next === undefined ? Math.max(usualLag, lag) : edges[to]! - next.onset;
  const span = Math.max(1, edges[to]! - edges[from]!);
  let previous = onset;
  return edges.slice(from, to).map((told, index) => {
    if (from + index === marksFrom) return offset;
    if (from + index > marksFrom) return Math.max(offset, next === undefined ? offset : Math.min(next.onset, told - endLag));
    const share = (told - edges[from]!) / span;
    previous = Math.min(offset, Math.max(previous, told - lag * (1 - share) - endLag * share));
    return previous;
  });
}
