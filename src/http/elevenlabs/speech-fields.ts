/** What a request for speech may say in ElevenLabs' API, over HTTP and in a WebSocket; docs/elevenlabs-api.md tells what each field does. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { queryFlag } from './fields.ts';
import { defaultOutputFormat, outputFormatNames } from './output-formats.ts';

const share = z.number().min(0).max(1).nullish();

/** Only speed has a counterpart here. Its range is the server's, which holds the vendor's 0.7 to 1.2. */
export const voiceSettingsSchema = z.strictObject({
  stability: share,
  similarity_boost: share,
  style: share,
  use_speaker_boost: z.boolean().nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
});

export const locatorsSchema = z.array(z.unknown()).nullish();

const seed = z.number().int().min(0).max(4_294_967_295).nullish();
const requestIds = z.array(z.string()).max(3).nullish();

export const bodySchema = z.strictObject({
  text: z.string(),
  model_id: z.string().min(1).nullish(),
  language_code: z.string().min(2).max(35).nullish(),
  voice_settings: voiceSettingsSchema.nullish(),
  pronunciation_dictionary_locators: locatorsSchema,
  seed,
  previous_text: z.string().nullish(),
  next_text: z.string().nullish(),
  previous_request_ids: requestIds,
  next_request_ids: requestIds,
  use_pvc_as_ivc: z.boolean().nullish(),
  apply_text_normalization: z.enum(['auto', 'on', 'off']).nullish(),
  apply_language_text_normalization: z.boolean().nullish(),
  audio_effects: z.unknown().optional(),
});

export const outputFormatSchema = z.enum(outputFormatNames, { error: `Not one of the output formats ${outputFormatNames.join(', ')}` }).default(defaultOutputFormat);

export const querySchema = z.strictObject({
  output_format: outputFormatSchema,
  optimize_streaming_latency: z.coerce.number().int().min(0).max(4).optional(),
  enable_logging: queryFlag.optional(),
});

/** Errors: input_unsupported for what cannot be done here and would be heard if it were left out. */
export function refuseUnsupported({ pronunciation_dictionary_locators: locators, audio_effects: effects }: { readonly pronunciation_dictionary_locators?: readonly unknown[] | null | undefined; readonly audio_effects?: unknown }): void {
  if ((locators ?? []).length > 0) {
    throw new AntiphonError('input_unsupported', 'There are no pronunciation dictionaries here; leave the field out and write <phoneme alphabet="ipa" ph="…"> into the text.', { param: 'pronunciation_dictionary_locators' });
  }
  if (effects !== undefined && effects !== null) throw new AntiphonError('input_unsupported', 'No effects can be put on the audio here; leave the field out.', { param: 'audio_effects' });
}
