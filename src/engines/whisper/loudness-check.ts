/** What loudness alone tells: where nothing can be heard at all, and where a sound goes on as it was. */
import { hearingRateHz } from '../kinds.ts';

/** 30 ms. */
const frameSamples = Math.round(0.03 * hearingRateHz);
/** −66 dBFS: models turn up whatever they are given, and hear words in the noise of a converter. */
const silentRms = 0.0005;
/** Speech that goes on is not 20 dB quieter. */
const leastShare = 0.1;
const vowelFrames = 4;

export function isSilent(samples: Float32Array): boolean {
  return Math.max(...levels(samples)) < silentRms;
}

/** Whether somebody may still speak from `from` on: about as loud as what was before, for long enough. */
export function goesOnSpeaking(samples: Float32Array, from: number): boolean {
  const rest = vowelLevel(samples.subarray(from));
  return rest >= silentRms && rest >= leastShare * vowelLevel(samples.subarray(0, from));
}

/** The level that a vowel's length of frames exceeds: neither a click nor a pause counts. */
function vowelLevel(samples: Float32Array): number {
  return levels(samples).toSorted((one, other) => other - one)[vowelFrames] ?? 0;
}

/** Root mean square, frame by frame. */
function levels(samples: Float32Array): number[] {
  return Array.from({ length: Math.ceil(samples.length / frameSamples) }, (_, i) => {
    const frame = samples.subarray(i * frameSamples, (i + 1) * frameSamples);
    return Math.sqrt(frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length);
  });
}
