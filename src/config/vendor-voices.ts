/** Voices that speak at a vendor for a name that is not one of its own: by gender, so that nobody changes sex with the provider. */

export type VoiceGender = 'female' | 'male' | 'neutral';

const byGender = {
  openai: { female: 'nova', male: 'onyx' },
  groq: { female: 'hannah', male: 'troy' },
  // Sarah and George.
  elevenlabs: { female: 'EXAVITQu4vr4xnSDxMaL', male: 'JBFqnCBsd6RMkjVDRZzb' },
} as const;

/** As `speech.voices` holds them, for each preset; `own`: the vendor that has a voice of this very name. */
export function vendorVoices(name: string, gender: VoiceGender, own: keyof typeof byGender): Record<string, string> {
  const spoken = gender === 'male' ? 'male' : 'female';
  const others = Object.entries(byGender).map(([vendor, voices]) => [vendor, voices[spoken]]);
  return { ...Object.fromEntries(others) as Record<string, string>, [own]: name };
}
