/** What a client may say in the address and in the messages of a stream-input WebSocket. */
import { z } from 'zod';
import { queryFlag } from './fields.ts';
import { locatorsSchema, outputFormatSchema, voiceSettingsSchema } from './speech-fields.ts';

export const streamInputQuery = z.strictObject({
  model_id: z.string().min(1).default('eleven_flash_v2_5'),
  output_format: outputFormatSchema,
  language_code: z.string().min(2).max(35).optional(),
  inactivity_timeout: z.coerce.number().int().min(1).max(180).default(20),
  auto_mode: queryFlag.default(false),
  sync_alignment: queryFlag.optional(),
  enable_ssml_parsing: queryFlag.default(false),
  enable_logging: queryFlag.optional(),
  apply_text_normalization: z.enum(['auto', 'on', 'off']).optional(),
  optimize_streaming_latency: z.coerce.number().int().min(0).max(4).optional(),
  seed: z.coerce.number().int().min(0).max(4_294_967_295).optional(),
  authorization: z.string().optional(),
  single_use_token: z.string().optional(),
});

const generationConfig = z.strictObject({ chunk_length_schedule: z.array(z.number().int().min(1).max(500)).min(1).max(50).nullish() }).nullish();

export const streamInputMessage = z.strictObject({
  text: z.string(),
  try_trigger_generation: z.boolean().nullish(),
  flush: z.boolean().nullish(),
  voice_settings: voiceSettingsSchema.nullish(),
  generation_config: generationConfig,
  generator_config: generationConfig,
  pronunciation_dictionary_locators: locatorsSchema,
  'xi-api-key': z.string().nullish(),
  xi_api_key: z.string().nullish(),
  authorization: z.string().nullish(),
});

/** Of the first message, what is of interest to the door. */
export const firstMessageSchema = z.object({ 'xi-api-key': z.string().nullish(), xi_api_key: z.string().nullish(), authorization: z.string().nullish() });

export type StreamInputQuery = z.infer<typeof streamInputQuery>;
export type StreamInputMessage = z.infer<typeof streamInputMessage>;

/** With several contexts in one connection a message may also be about one of them, or about the connection. */
export const multiStreamInputMessage = streamInputMessage.extend({
  text: z.string().nullish(),
  context_id: z.string().min(1).max(200).nullish(),
  close_context: z.boolean().nullish(),
  close_socket: z.boolean().nullish(),
});
