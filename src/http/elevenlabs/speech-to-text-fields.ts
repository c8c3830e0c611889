/** What a request for a transcript may say in ElevenLabs' API; docs/elevenlabs-api.md tells what each field does. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { flagText, numberText, withoutEmpty } from '../form-values.ts';
import type { UploadedForm } from '../upload.ts';
import { parseFields, queryFlag } from './fields.ts';

export const speechToTextFieldCounts = {
  model_id: 1, language_code: 1, transcript_edit: 1, tag_audio_events: 1, num_speakers: 1, timestamps_granularity: 1, diarize: 1, diarization_threshold: 1,
  additional_formats: 1, file_format: 1, cloud_storage_url: 1, source_url: 1, webhook: 1, webhook_id: 1, webhook_metadata: 1, temperature: 1, seed: 1,
  use_multi_channel: 1, multichannel_output_style: 1, entity_detection: 100, no_verbatim: 1, use_speaker_library: 1, detect_speaker_roles: 1,
  entity_redaction: 100, entity_redaction_mode: 1, keyterms: 1_000,
} as const;

export const speechToTextQuerySchema = z.strictObject({ enable_logging: queryFlag.optional(), token: z.string().optional() });

const flag = flagText.default(false);

/** Speakers are told nowhere, so it changes nothing whether they would be. */
const exportFields = { include_speakers: z.boolean().nullish(), include_timestamps: z.boolean().nullish() };
const layoutFields = { max_characters_per_line: z.number().nullish(), segment_on_silence_longer_than_s: z.number().nullish(), max_segment_duration_s: z.number().nullish(), max_segment_chars: z.number().nullish() };
const exportSchema = z.strictObject({ format: z.enum(['srt', 'txt', 'docx', 'html', 'pdf', 'segmented_json']), ...exportFields, ...layoutFields });

const bodySchema = z.strictObject({
  model_id: z.string(),
  language_code: z.string().min(2).max(35).optional(),
  transcript_edit: z.string().optional(),
  tag_audio_events: flag,
  num_speakers: numberText.pipe(z.number().int().min(1).max(32)).optional(),
  timestamps_granularity: z.enum(['none', 'word', 'character']).default('word'),
  diarize: flag,
  diarization_threshold: z.string().optional(),
  additional_formats: z.string().transform(exportsOf).pipe(z.array(exportSchema).max(10)).default([]),
  file_format: z.enum(['pcm_s16le_16', 'other']).default('other'),
  cloud_storage_url: z.string().optional(),
  source_url: z.string().optional(),
  webhook: flag,
  webhook_id: z.string().optional(),
  webhook_metadata: z.string().optional(),
  temperature: numberText.pipe(z.number().min(0).max(2)).optional(),
  seed: numberText.pipe(z.number().int().min(0).max(2_147_483_647)).optional(),
  use_multi_channel: flag,
  multichannel_output_style: z.enum(['separate', 'combined']).optional(),
  entity_detection: z.array(z.string()).optional(),
  no_verbatim: flag,
  use_speaker_library: flag,
  detect_speaker_roles: flag,
  entity_redaction: z.array(z.string()).optional(),
  entity_redaction_mode: z.string().optional(),
  keyterms: z.array(z.string()).optional(),
});

type Given = z.infer<typeof bodySchema>;

/** What the answer would miss, or what would not happen, if it were passed over. */
const refusals: readonly { readonly field: keyof Given; readonly reason: string }[] = [
  { field: 'diarize', reason: 'No model here tells speakers apart; leave the field out.' },
  { field: 'diarization_threshold', reason: 'No model here tells speakers apart; leave the field out.' },
  { field: 'use_speaker_library', reason: 'No model here tells speakers apart; leave the field out.' },
  { field: 'detect_speaker_roles', reason: 'No model here tells speakers apart; leave the field out.' },
  { field: 'use_multi_channel', reason: 'All channels are heard as one here; send each as a file of its own.' },
  { field: 'cloud_storage_url', reason: 'This server fetches no addresses that a client names; send the recording in file.' },
  { field: 'source_url', reason: 'This server fetches no addresses that a client names; send the recording in file.' },
  { field: 'webhook', reason: 'This server calls nobody; the transcript is in the answer.' },
  { field: 'webhook_id', reason: 'This server calls nobody; the transcript is in the answer.' },
  { field: 'webhook_metadata', reason: 'This server calls nobody; the transcript is in the answer.' },
  { field: 'transcript_edit', reason: 'No model here edits a transcript; leave the field out.' },
  { field: 'entity_detection', reason: 'No model here finds entities; leave the field out.' },
  { field: 'entity_redaction', reason: 'No model here finds entities; leave the field out.' },
  { field: 'entity_redaction_mode', reason: 'No model here finds entities; leave the field out.' },
  { field: 'no_verbatim', reason: 'The models here decide themselves which filler words they write; leave the field out.' },
];

/** Errors: input_invalid, input_unsupported. */
export function parseSpeechToText(fields: UploadedForm['fields']) {
  const given = parseFields(bodySchema, withoutEmpty(fields), 'body');
  const refused = refusals.find(({ field }) => given[field] !== undefined && given[field] !== false);
  if (refused !== undefined) throw unsupported(refused.field, refused.reason);
  if ((given.temperature ?? 0) > 1) throw unsupported('temperature', 'The models here take temperatures of 0 to 1.');
  given.additional_formats.forEach(refuseExport);
  return {
    model: given.model_id,
    language: given.language_code,
    prompt: given.keyterms?.join(', '),
    temperature: given.temperature,
    granularity: given.timestamps_granularity,
    additionalFormats: given.additional_formats.map(({ format }) => (format === 'srt' ? 'srt' as const : 'text' as const)),
    raw: given.file_format === 'pcm_s16le_16' ? { sampleType: 's16le' as const, sampleRateHz: 16_000 } : undefined,
  };
}

function refuseExport(given: z.infer<typeof exportSchema>): void {
  const { format } = given;
  if (format !== 'srt' && format !== 'txt') throw unsupported('additional_formats', `There is no ${format} here; srt and txt there are.`);
  if (format === 'txt' && given.include_timestamps === true) throw unsupported('additional_formats', 'A txt has the text only; srt has the times.');
  const asked = Object.keys(layoutFields).find((name) => (given[name as keyof typeof layoutFields] ?? null) !== null);
  if (asked !== undefined) throw unsupported('additional_formats', `Captions are laid out as they are read best; leave ${asked} out.`);
}

function unsupported(param: string, message: string): AntiphonError {
  return new AntiphonError('input_unsupported', message, { param });
}

/** The vendor's own package writes the names of these fields as it does in JavaScript (`includeSpeakers`). */
function exportsOf(text: string): unknown {
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
  try {
    const given: unknown = JSON.parse(text);
    if (!Array.isArray(given)) return given;
    return given.map((one: unknown) => (isObject(one) ? Object.fromEntries(Object.entries(one).map(([name, value]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value])) : one));
  } catch {
    return undefined;
  }
}
