/** Chooses the next token: the likeliest, or one drawn by chance. */
import { logSumExp } from './decoding-rules.ts';

export type ChosenToken = {
  readonly token: number;
  /** Natural log of its probability at temperature 1 among what the rules allow. */
  readonly logProbability: number;
};

/**
 * `logits` after the rules. Temperature 0 takes the likeliest; above it, tokens are drawn by their probability at that
 * temperature. `random` gives 0…1, 1 not included.
 */
export function chooseToken(logits: Float32Array, temperature: number, random: () => number): ChosenToken {
  const token = temperature === 0 ? likeliest(logits) : drawn(logits, temperature, random());
  return { token, logProbability: logits[token]! - logSumExp(logits) };
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

function drawn(logits: Float32Array, temperature: number, chance: number): number {
  const total = logSumExp(logits.map((logit) => logit / temperature));
  let left = chance;
  for (let i = 0; i < logits.length; i++) {
    left -= Math.exp(logits[i]! / temperature - total);
    if (left < 0) return i;
  }
  // Rounding left a crumb.
  return likeliest(logits);
}

/** Numbers of 0…1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
