/** The voices compiled into the flite module that speak at 16 kHz (the 8 kHz one and the clock are left out). */
import type { Voice } from '../kinds.ts';

export type FliteVoice = Voice & {
  /** What flite itself calls it. */
  readonly fliteName: string;
  /** Duration stretch that flite uses by default for this voice. */
  readonly ownStretch: number;
  /** Factor that brings its speech to −20 dBFS RMS; measured over ten sentences, pauses left out. */
  readonly gain: number;
};

/** First is the default. Clustergen voices of CMU ARCTIC, then the diphone voice that costs almost nothing. */
export const fliteVoices: readonly FliteVoice[] = [
  { id: 'cmu_us_slt', name: 'SLT', language: 'en-US', gender: 'female', fliteName: 'slt', ownStretch: 1, gain: 0.53 },
  { id: 'cmu_us_rms', name: 'RMS', language: 'en-US', gender: 'male', fliteName: 'rms', ownStretch: 1, gain: 1.04 },
  // A speaker of Scottish English, read with US pronunciations.
  { id: 'cmu_us_awb', name: 'AWB', language: 'en-GB', gender: 'male', fliteName: 'awb', ownStretch: 1, gain: 0.92 },
  { id: 'cmu_us_kal', name: 'KAL', language: 'en-US', gender: 'male', fliteName: 'kal16', ownStretch: 1.1, gain: 2.23 },
];
