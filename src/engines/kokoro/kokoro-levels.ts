/** How loud each voice speaks by itself, so that one constant a voice brings all of them to one loudness. */
import type { Blend } from './kokoro-blend.ts';

/**
 * Speech level in dBFS: RMS of the 20 ms frames within 30 dB of the loudest, over one sentence of 13 to 15 words in
 * the voice's own language, computed whole.
 */
const speechLevels: Readonly<Record<string, number>> = {
  af_alloy: -20.8, af_aoede: -17, af_bella: -21.1, af_heart: -21.9, af_jessica: -21.8, af_kore: -17.6, af_nicole: -19.6,
  af_nova: -25.9, af_river: -21.1, af_sarah: -20, af_sky: -22.8, am_adam: -17.7, am_echo: -21.3, am_eric: -20.8,
  am_fenrir: -18.7, am_liam: -21.1, am_michael: -22.8, am_onyx: -21.2, am_puck: -17.7, am_santa: -21.5,
  bf_alice: -20.3, bf_emma: -19.7, bf_isabella: -16.9, bf_lily: -20.7, bm_daniel: -20.6, bm_fable: -22.5,
  bm_george: -20.2, bm_lewis: -22.3,
  ef_dora: -22.9, em_alex: -22.5, em_santa: -22.6,
  ff_siwis: -19.2,
  hf_alpha: -14, hf_beta: -16.2, hm_omega: -14.8, hm_psi: -16.2,
  if_sara: -13.5, im_nicola: -18,
  pf_dora: -22.6, pm_alex: -22.1, pm_santa: -22.5,
};

/** The house's −20, less what windows add: they come out 1.3 dB above the whole on average. */
const targetLevel = -21.3;
/** For a voice that came later than the table: the median. */
const usualLevel = -20.8;

/** Factor for the samples of a voice; a blend is as loud as its voices on average. */
export function voiceGain(blend: Blend): number {
  const level = blend.parts.reduce((sum, { voiceId, weight }) => sum + weight * (speechLevels[voiceId] ?? usualLevel), 0);
  return 10 ** ((targetLevel - level) / 20);
}
