/** Groq's voices, which programs name, and the local voice that comes nearest in gender and register. */
import { vendorVoices } from './vendor-voices.ts';

/** Of canopylabs/orpheus-v1-english, then of playai-tts. */
const rows = [
  ['autumn', 'female', 'af_heart'], ['diana', 'female', 'af_bella'], ['hannah', 'female', 'af_nova'],
  ['austin', 'male', 'am_puck'], ['daniel', 'male', 'am_michael'], ['troy', 'male', 'am_onyx'],
  ['Arista-PlayAI', 'female', 'af_nova'], ['Atlas-PlayAI', 'male', 'am_michael'], ['Basil-PlayAI', 'male', 'bm_george'], ['Briggs-PlayAI', 'male', 'am_onyx'],
  ['Calum-PlayAI', 'male', 'bm_lewis'], ['Celeste-PlayAI', 'female', 'af_aoede'], ['Cheyenne-PlayAI', 'female', 'af_sky'], ['Chip-PlayAI', 'male', 'am_puck'],
  ['Cillian-PlayAI', 'male', 'bm_fable'], ['Deedee-PlayAI', 'female', 'af_jessica'], ['Fritz-PlayAI', 'male', 'am_echo'], ['Gail-PlayAI', 'female', 'af_kore'],
  ['Indigo-PlayAI', 'female', 'af_river'], ['Mamaw-PlayAI', 'female', 'af_alloy'], ['Mason-PlayAI', 'male', 'am_liam'], ['Mikail-PlayAI', 'male', 'am_fenrir'],
  ['Mitch-PlayAI', 'male', 'am_eric'], ['Quinn-PlayAI', 'female', 'af_sarah'], ['Thunder-PlayAI', 'male', 'am_adam'],
] as const;

/** As `speech.voices` holds them: name → engine → local voice. */
export function groqVoiceAliases(fastVoice: string): Record<string, Record<string, string>> {
  return Object.fromEntries(rows.map(([name, gender, kokoro]) => [name, { piper: fastVoice, kokoro, flite: gender === 'male' ? 'cmu_us_rms' : 'cmu_us_slt', ...vendorVoices(name, gender, 'groq'), ...(isOfToday(name) ? {} : { groq: gender === 'male' ? 'troy' : 'hannah' }) }]));
}

/** playai-tts is gone, and its voices with it. */
function isOfToday(name: string): boolean {
  return !name.endsWith('-PlayAI');
}
