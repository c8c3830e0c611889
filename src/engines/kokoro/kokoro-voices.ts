/** Kokoro's voices: what their file names say, and which of them can be spoken with the phonemes at hand. */
import type { Voice } from '../kinds.ts';

export type KokoroLanguage = {
  /** BCP 47. */
  readonly tag: string;
  readonly espeakVoice: string;
  /** Which table of symbols its phonemes go through. */
  readonly dialect: 'us' | 'gb' | 'other';
};

/** By the first letter of a voice's name. */
const languages: Readonly<Record<string, KokoroLanguage>> = {
  a: { tag: 'en-US', espeakVoice: 'en-us', dialect: 'us' },
  b: { tag: 'en-GB', espeakVoice: 'en-gb', dialect: 'gb' },
  e: { tag: 'es', espeakVoice: 'es', dialect: 'other' },
  f: { tag: 'fr-FR', espeakVoice: 'fr-fr', dialect: 'other' },
  h: { tag: 'hi', espeakVoice: 'hi', dialect: 'other' },
  i: { tag: 'it', espeakVoice: 'it', dialect: 'other' },
  p: { tag: 'pt-BR', espeakVoice: 'pt-br', dialect: 'other' },
};

/** Trained on phonemes that espeak does not make: pitch accent, tones. Their voices would talk gibberish. */
const unspeakable: Readonly<Record<string, string>> = { j: 'Japanese', z: 'Mandarin' };

const voiceName = /^([a-z])([fm])_([a-z0-9]+)$/u;

/** undefined: not the name of a Kokoro voice, or of a language that has no phonemes here. */
export function kokoroLanguage(voiceId: string): KokoroLanguage | undefined {
  const letter = voiceName.exec(voiceId)?.[1];
  return letter === undefined ? undefined : languages[letter];
}

/** The language of a voice that exists but cannot be spoken here, for the message that says so. */
export function unspeakableLanguage(voiceId: string): string | undefined {
  const letter = voiceName.exec(voiceId)?.[1];
  return letter === undefined ? undefined : unspeakable[letter];
}

/** `af_heart` → Heart, en-US, female; undefined as for `kokoroLanguage`. */
export function describeKokoroVoice(voiceId: string): Voice | undefined {
  const match = voiceName.exec(voiceId);
  const language = kokoroLanguage(voiceId);
  if (match === null || language === undefined) return undefined;
  const name = match[3]!;
  return {
    id: voiceId,
    name: `${name[0]!.toUpperCase()}${name.slice(1)}`,
    language: language.tag,
    gender: match[2] === 'f' ? 'female' : 'male',
  };
}
