/**
 * What may come next: the rules that the reference implementation of Whisper (github.com/openai/whisper, decoding.py)
 * lays over the model's logits before a token is chosen.
 */
import type { WhisperTokenizer } from './whisper-tokenizer.ts';

/** The first words begin within this many steps of 20 ms: 1 s. */
const latestFirstTimestamp = 50;

const stepsPerNat = 64;
/** Of the highest, what lies so far below it is less than a float can tell, however many there are. */
const negligible = 40;
const stepped = Float64Array.from({ length: negligible * stepsPerNat }, (_, step) => Math.exp(-step / stepsPerNat));

/** Forbids tokens, in place, by −∞. `sampled`: the tokens chosen since the prompt. */
export function applyDecodingRules(logits: Float32Array, sampled: readonly number[], tokenizer: WhisperTokenizer): void {
  const { special, suppressed, suppressedFirst } = tokenizer;
  for (const token of suppressed) logits[token] = -Infinity;
  logits[special.noTimestamps] = -Infinity;
  if (sampled.length === 0) {
    for (const token of suppressedFirst) logits[token] = -Infinity;
    logits.fill(-Infinity, 0, special.timestampBegin);
    logits.fill(-Infinity, special.timestampBegin + latestFirstTimestamp + 1);
    return;
  }
  forbidByTimestamps(logits, sampled, tokenizer);
  preferTimestamps(logits, special.timestampBegin);
}

/** Timestamps come in pairs but for the last, do not go back, and leave every segment some time. */
function forbidByTimestamps(logits: Float32Array, sampled: readonly number[], { special: { timestampBegin, endOfText } }: WhisperTokenizer): void {
  const isTimestamp = (token: number | undefined): boolean => token !== undefined && token >= timestampBegin;
  const isAfterTimestamp = isTimestamp(sampled.at(-1));
  const isAfterPair = isAfterTimestamp && (sampled.length < 2 || isTimestamp(sampled.at(-2)));
  if (isAfterPair) logits.fill(-Infinity, timestampBegin);
  else if (isAfterTimestamp) logits.fill(-Infinity, 0, endOfText);
  const last = sampled.findLast(isTimestamp);
  if (last === undefined) return;
  // The second of a pair may repeat the first, where one segment follows the other at once.
  const earliest = isAfterTimestamp && !isAfterPair ? last : last + 1;
  logits.fill(-Infinity, timestampBegin, earliest);
}

/** Where all timestamps together are likelier than the likeliest word, it is time for one. */
function preferTimestamps(logits: Float32Array, timestampBegin: number): void {
  const likeliestText = maximum(logits.subarray(0, timestampBegin));
  if (logSumExp(logits.subarray(timestampBegin)) > likeliestText) logits.fill(-Infinity, 0, timestampBegin);
}

/**
 * ln Σ eˣ; −∞ where all are. Asked for all of a vocabulary at every token, so e^−d is looked up in steps and bent to its
 * place by the first terms of its series: within a millionth, and four times as fast as Math.exp.
 */
export function logSumExp(logits: Float32Array): number {
  const highest = maximum(logits);
  if (highest === -Infinity) return -Infinity;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const below = highest - logits[i]!;
    if (!(below < negligible)) continue;
    const step = (below * stepsPerNat) | 0;
    const rest = below - step / stepsPerNat;
    sum += stepped[step]! * (1 - rest * (1 - rest / 2));
  }
  return highest + Math.log(sum);
}

function maximum(values: Float32Array): number {
  let highest = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i]! > highest) highest = values[i]!;
  return highest;
}
