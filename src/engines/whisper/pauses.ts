/** Where nobody speaks between words: what attention places by a syllable's length, loudness places exactly. */
import { hearingRateHz } from '../kinds.ts';

/** When the words before and behind a place end and begin. */
export type WordEdge = { readonly endSeconds: number; readonly startSeconds: number };

const hopSamples = hearingRateHz / 100;
/** 25 ms, the middle of it on its hop. */
const frameBefore = 120;
const frameBehind = 280;
const hopSeconds = 0.01;
/** Below the loudest; hum of a room passes, the quietest consonants mostly do not. */
const pauseDb = -34;
/** A pause is looked for so far to each side. */
const reachHops = 6;

/** Gives the edges of the words that meet at a time: those of a pause, where there is one, and else the time itself. */
export function createPauseFinder(samples: Float32Array): (seconds: number) => WordEdge {
  const isQuiet = quietHops(samples);
  return (seconds) => {
    const hop = Math.round(seconds / hopSeconds);
    const pause = nearestQuiet(isQuiet, hop);
    if (pause === undefined) return { endSeconds: seconds, startSeconds: seconds };
    let [first, last] = [pause, pause];
    while (isQuiet[first - 1] === true) first--;
    while (isQuiet[last + 1] === true) last++;
    return { endSeconds: first * hopSeconds, startSeconds: (last + 1) * hopSeconds };
  };
}

function nearestQuiet(isQuiet: readonly boolean[], hop: number): number | undefined {
  for (let distance = 0; distance <= reachHops; distance++) {
    for (const candidate of [hop - distance, hop + distance]) if (isQuiet[candidate] === true) return candidate;
  }
  return undefined;
}

function quietHops(samples: Float32Array): boolean[] {
  const powers = Array.from({ length: Math.ceil(samples.length / hopSamples) }, (_, i) => {
    const frame = samples.subarray(Math.max(0, i * hopSamples - frameBefore), i * hopSamples + frameBehind);
    return frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length;
  });
  const limit = powers.reduce((most, power) => Math.max(most, power), 0) * 10 ** (pauseDb / 10);
  return powers.map((power) => power <= limit);
}
