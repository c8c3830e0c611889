/** What the vendor starts from. Only speed does anything here. */
export const defaultVoiceSettings = { stability: 0.5, similarity_boost: 0.75, style: 0, use_speaker_boost: true, speed: 1 } as const;
