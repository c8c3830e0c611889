/** What a request for a transcript may say in OpenAI's API; docs/openai-api.md tells what each field does. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { transcriptFormatNames } from '../../transcription/formats/transcript-formats.ts';
import { flagText, numberText, withoutEmpty } from '../form-values.ts';
import type { UploadedForm } from '../upload.ts';
import { parseBody } from '../validation.ts';

export const transcriptionFieldCounts = {
  model: 1, language: 1, languages: 100, prompt: 1, keywords: 1_000, response_format: 1, temperature: 1, timestamp_granularities: 2, stream: 1, include: 10,
  chunking_strategy: 1, 'chunking_strategy[type]': 1, 'chunking_strategy[threshold]': 1, 'chunking_strategy[prefix_padding_ms]': 1, 'chunking_strategy[silence_duration_ms]': 1,
  known_speaker_names: 10, known_speaker_references: 10,
} as const;

export const translationFieldCounts = { model: 1, prompt: 1, response_format: 1, temperature: 1 } as const;

export const temperatureText = numberText.pipe(z.number().min(0).max(1));
export const granularities = z.array(z.enum(['word', 'segment'])).max(2);

const vadSchema = z.strictObject({
  type: z.literal('server_vad'),
  threshold: z.number().min(0).max(1).optional(),
  prefix_padding_ms: z.number().min(0).optional(),
  silence_duration_ms: z.number().min(0).optional(),
});

/** As one text, or field by field as the vendor's own package sends an object. */
const chunkingText = z.union([z.literal('auto'), z.string().transform(jsonOf).pipe(vadSchema)], 'neither "auto" nor an object of type "server_vad"');

const translationSchema = z.strictObject({
  model: z.string(),
  prompt: z.string().optional(),
  response_format: z.enum(transcriptFormatNames).default('json'),
  temperature: temperatureText.optional(),
});

const transcriptionSchema = translationSchema.extend({
  response_format: z.enum([...transcriptFormatNames, 'diarized_json']).default('json'),
  language: z.string().optional(),
  languages: z.array(z.string()).optional(),
  keywords: z.array(z.string()).optional(),
  timestamp_granularities: granularities.optional(),
  stream: flagText.default(false),
  include: z.array(z.enum(['logprobs'])).optional(),
  chunking_strategy: chunkingText.optional(),
  'chunking_strategy[type]': z.literal('server_vad').optional(),
  'chunking_strategy[threshold]': numberText.pipe(z.number().min(0).max(1)).optional(),
  'chunking_strategy[prefix_padding_ms]': numberText.pipe(z.number().min(0)).optional(),
  'chunking_strategy[silence_duration_ms]': numberText.pipe(z.number().min(0)).optional(),
  known_speaker_names: z.array(z.string()).optional(),
  known_speaker_references: z.array(z.string()).optional(),
});

/** Errors: input_invalid, input_unsupported. */
export function parseTranscription(fields: UploadedForm['fields']) {
  const { response_format: format, ...given } = parseBody(transcriptionSchema, withoutEmpty(fields));
  if (format === 'diarized_json') throw unsupported('response_format', 'No model here tells speakers apart; use verbose_json for the times of segments and words.');
  if (given.known_speaker_names !== undefined || given.known_speaker_references !== undefined) throw unsupported('known_speaker_names', 'No model here tells speakers apart; leave known_speaker_names and known_speaker_references out.');
  if (given.include !== undefined) throw unsupported('include', 'The models here tell no probabilities of single tokens; leave include out, or use verbose_json for the mean of each segment.');
  if ((given.languages ?? []).length > 1) throw unsupported('languages', 'A recording is taken to be in one language; name it in language, or leave languages out to have it told from the sound.');
  if (given.language !== undefined && given.languages !== undefined) throw new AntiphonError('input_invalid', 'Give language or languages, not both.', { param: 'languages' });
  checkGranularities(given.timestamp_granularities, format);
  if (given.stream && format !== 'json' && format !== 'text') throw unsupported('stream', `A stream has the text only; use response_format json or text with it, or ${format} without it.`);
  return {
    model: given.model,
    language: given.language ?? given.languages?.[0],
    prompt: promptOf(given),
    temperature: given.temperature,
    format,
    granularities: given.timestamp_granularities ?? ['segment' as const],
    stream: given.stream,
  };
}

/** Errors: input_invalid. */
export function parseTranslation(fields: UploadedForm['fields']) {
  const { response_format: format, ...given } = parseBody(translationSchema, withoutEmpty(fields));
  return { ...given, format };
}

/** Errors: input_invalid. */
export function fileOf(path: string | undefined): string {
  if (path === undefined) throw new AntiphonError('input_invalid', 'file is required.', { param: 'file' });
  return path;
}

/** Errors: input_invalid, as the vendor has it. */
export function checkGranularities(asked: readonly string[] | undefined, format: string): void {
  if (asked !== undefined && format !== 'verbose_json') {
    throw new AntiphonError('input_invalid', 'timestamp_granularities needs response_format verbose_json.', { param: 'timestamp_granularities' });
  }
}

/** The last words of a prompt count most, so the list of words comes first. */
function promptOf({ keywords = [], prompt }: { readonly keywords?: readonly string[] | undefined; readonly prompt?: string | undefined }): string | undefined {
  const parts = [keywords.join(', '), prompt ?? ''].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join('. ');
}

function unsupported(param: string, message: string): AntiphonError {
  return new AntiphonError('input_unsupported', message, { param });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
