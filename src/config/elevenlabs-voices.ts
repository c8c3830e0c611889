/** ElevenLabs' premade voices, which examples and programs name by id, and the local voice that comes nearest in gender and accent. */
import { vendorVoices } from './vendor-voices.ts';

export type PremadeVoice = {
  readonly id: string;
  readonly name: string;
  readonly gender: 'female' | 'male' | 'neutral';
  readonly accent: 'american' | 'british';
  /** The voice of the fine engine that speaks for it. */
  readonly kokoro: string;
};

const american = 'american';
const british = 'british';

/** Accents that no local voice has (Irish, Australian, Swedish …) went to the nearer of the two that there are. */
const rows = [
  ['21m00Tcm4TlvDq8ikWAM', 'Rachel', 'female', american, 'af_heart'],
  ['29vD33N1CtxCmqQRPOHJ', 'Drew', 'male', american, 'am_michael'],
  ['2EiwWnXFnvU5JabPnv8n', 'Clyde', 'male', american, 'am_fenrir'],
  ['5Q0t7uMcjvnagumLfvZi', 'Paul', 'male', american, 'am_michael'],
  ['9BWtsMINqrJLrRacOk9x', 'Aria', 'female', american, 'af_nova'],
  ['AZnzlk1XvdvUeBnXmlld', 'Domi', 'female', american, 'af_kore'],
  ['CYw3kZ02Hs0563khs1Fj', 'Dave', 'male', british, 'bm_lewis'],
  ['CwhRBWXzGAHq8TQ4Fs17', 'Roger', 'male', american, 'am_onyx'],
  ['D38z5RcWu1voky8WS1ja', 'Fin', 'male', british, 'bm_fable'],
  ['EXAVITQu4vr4xnSDxMaL', 'Sarah', 'female', american, 'af_sarah'],
  ['ErXwobaYiN019PkySvjV', 'Antoni', 'male', american, 'am_puck'],
  ['FGY2WhTYpPnrIDTdsKH5', 'Laura', 'female', american, 'af_sky'],
  ['GBv7mTt0atIp3Br8iCZE', 'Thomas', 'male', american, 'am_echo'],
  ['IKne3meq5aSn9XLyUdCD', 'Charlie', 'male', british, 'bm_lewis'],
  ['JBFqnCBsd6RMkjVDRZzb', 'George', 'male', british, 'bm_george'],
  ['LcfcDJNUP1GQjkzn1xUU', 'Emily', 'female', american, 'af_river'],
  ['MF3mGyEYCl7XYWbV9V6O', 'Elli', 'female', american, 'af_jessica'],
  ['N2lVS1w4EtoT3dr4eOWO', 'Callum', 'male', american, 'am_fenrir'],
  ['SAz9YHcvj6GT2YYXdXww', 'River', 'neutral', american, 'af_river'],
  ['SOYHLrjzK2X1ezoPC6cr', 'Harry', 'male', american, 'am_adam'],
  ['TX3LPaxmHKxFdv7VOQHJ', 'Liam', 'male', american, 'am_liam'],
  ['ThT5KcBeYPX3keUQqHPh', 'Dorothy', 'female', british, 'bf_isabella'],
  ['TxGEqnHWrfWFTfGW9XjX', 'Josh', 'male', american, 'am_onyx'],
  ['VR6AewLTigWG4xSOukaG', 'Arnold', 'male', american, 'am_adam'],
  ['XB0fDUnXU5powFXDhCwa', 'Charlotte', 'female', british, 'bf_emma'],
  ['Xb7hH8MSUJpSbSDYk0k2', 'Alice', 'female', british, 'bf_alice'],
  ['XrExE9yKIg1WjnnlVkGX', 'Matilda', 'female', american, 'af_bella'],
  ['Zlb1dXrM653N07WRdFW3', 'Joseph', 'male', british, 'bm_daniel'],
  ['bIHbv24MWmeRgasZH58o', 'Will', 'male', american, 'am_puck'],
  ['cgSgspJ2msm6clMCkdW9', 'Jessica', 'female', american, 'af_jessica'],
  ['cjVigY5qzO86Huf0OWal', 'Eric', 'male', american, 'am_eric'],
  ['iP95p4xoKVk53GoZ742B', 'Chris', 'male', american, 'am_michael'],
  ['jBpfuIE2acCO8z3wKNLl', 'Gigi', 'female', american, 'af_jessica'],
  ['jsCqWAovK2LkecY7zXl4', 'Freya', 'female', american, 'af_kore'],
  ['nPczCjzI2devNBz1zQrb', 'Brian', 'male', american, 'am_onyx'],
  ['oWAxZDx7w5VEj9dCyTzz', 'Grace', 'female', american, 'af_aoede'],
  ['onwK4e9ZLuTAKqWW03F9', 'Daniel', 'male', british, 'bm_daniel'],
  ['pFZP5JQG7iQjIQuC4Bku', 'Lily', 'female', british, 'bf_lily'],
  ['pMsXgVXv3BLzUgSXRplE', 'Serena', 'female', american, 'af_aoede'],
  ['pNInz6obpgDQGcFmaJgB', 'Adam', 'male', american, 'am_adam'],
  ['piTKgcLEGmPE4e6mEKli', 'Nicole', 'female', american, 'af_nicole'],
  ['pqHfZKP75CvOlQylNhV4', 'Bill', 'male', american, 'am_santa'],
  ['t0jbNlBVZ17f02VDIeMI', 'Jessie', 'male', american, 'am_santa'],
  ['wViXBPUzp2ZZixB1xQuM', 'Ryan', 'male', american, 'am_echo'],
  ['yoZ06aMxZJJ28mfd3POQ', 'Sam', 'male', american, 'am_liam'],
  ['z9fAnlkpzviPz146aGWa', 'Glinda', 'female', american, 'af_alloy'],
  ['zcAOhNBS3c14rBihAFp1', 'Giovanni', 'male', british, 'bm_fable'],
  ['zrHiDhphv9ZnVXBqCLjz', 'Mimi', 'female', british, 'bf_lily'],
] as const;

export const premadeVoices: readonly PremadeVoice[] = rows.map(([id, name, gender, accent, kokoro]) => ({ id, name, gender, accent, kokoro }));

/** As `speech.voices` holds them: id → engine → local voice. */
export function premadeVoiceAliases(fastVoice: string): Record<string, Record<string, string>> {
  return Object.fromEntries(premadeVoices.map(({ id, gender, kokoro }) => [id, { piper: fastVoice, kokoro, flite: gender === 'male' ? 'cmu_us_rms' : 'cmu_us_slt', ...vendorVoices(id, gender, 'elevenlabs') }]));
}
