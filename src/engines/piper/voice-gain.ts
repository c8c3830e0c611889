/** Brings voices to a similar loudness with one constant each, so that sound can leave before the sentence is known. */

/** Root mean square of speech, pauses left out, that every voice is brought to: −20 dB below full scale. */
export const targetSpeechRms = 0.1;
const activeFrameMs = 20;
/** Frames this far below the loudest one are pauses: −30 dB. */
const pauseRatio = 10 ** (-30 / 20);

/** RMS of the frames in which somebody speaks; 0 for silence. */
export function speechRms(samples: Float32Array, sampleRateHz: number): number {
  const frame = Math.max(1, Math.round((sampleRateHz * activeFrameMs) / 1000));
  const powers: number[] = [];
  for (let start = 0; start + frame <= samples.length; start += frame) {
    let sum = 0;
    for (let i = start; i < start + frame; i++) sum += samples[i]! * samples[i]!;
    powers.push(sum / frame);
  }
  const floor = powers.reduce((most, power) => Math.max(most, power), 0) * pauseRatio * pauseRatio;
  const active = powers.filter((power) => power > floor);
  if (active.length === 0) return 0;
  return Math.sqrt(active.reduce((sum, power) => sum + power, 0) / active.length);
}

/** Factor from a voice's own level to the target; kept within ±20 dB, and 1 for silence or damaged sound. */
export function gainFor(rms: number): number {
  if (!Number.isFinite(rms) || rms <= 0) return 1;
  return Math.min(10, Math.max(0.1, targetSpeechRms / rms));
}
