/** Voice, speed and format as they were left the last time. The text is not kept: it is nobody's business tomorrow. */
import * as z from 'zod/mini';
import { audioFormats } from '../api.ts';
import { automaticChoice } from './voice-choices.ts';

const settingsSchema = z.object({
  voiceKey: z.string(),
  speed: z.number().check(z.gte(0.25), z.lte(4)),
  format: z.enum(audioFormats),
});

export type SpeakSettings = z.infer<typeof settingsSchema>;

const storageKey = 'antiphon.speak';
const defaults: SpeakSettings = { voiceKey: automaticChoice.key, speed: 1, format: 'mp3' };

export function readSettings(): SpeakSettings {
  try {
    const parsed = settingsSchema.safeParse(JSON.parse(localStorage.getItem(storageKey) ?? ''));
    return parsed.success ? parsed.data : defaults;
  } catch {
    return defaults;
  }
}

export function writeSettings(settings: SpeakSettings): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(settings));
  } catch {
    // A full or forbidden storage costs only the memory of it.
  }
}
