/** What a long reading was asked to be, as it is kept with its job: everything that must be the same after a restart. */
import { z } from 'zod';
import { audioFormatIds } from '../../audio/formats.ts';
import { captionFormats } from '../captions.ts';

export const longFormSettingsSchema = z.object({
  /** As the caller named them. */
  model: z.string(),
  /** The model and voice that were chosen for it. */
  modelId: z.string(),
  engine: z.string(),
  voice: z.string(),
  speed: z.number(),
  format: z.enum(audioFormatIds),
  bitrateBps: z.number().optional(),
  /** One file a chapter, or one for all. */
  output: z.enum(['split', 'single']),
  title: z.string(),
  author: z.string().optional(),
  loudnessLufs: z.number().optional(),
  /** Where its files must be marked: for whom, and which key of the API he used. */
  marked: z.object({ owner: z.string(), keyId: z.string().optional(), requestId: z.string() }).optional(),
  captions: z.array(z.enum(captionFormats)),
  sentencePauseMs: z.number(),
  paragraphPauseMs: z.number(),
  /** Found when the job was made, so that a later version's other findings change nothing in the middle. */
  chapters: z.array(z.object({ title: z.string(), start: z.number(), end: z.number() })),
});

export type LongFormSettings = z.infer<typeof longFormSettingsSchema>;

/** The submitted text in the job's folder. */
export const sourceFileName = 'source.txt';
export const longFormKindName = 'speech';
