/** POST /openai/v1/audio/transcriptions and /translations as Groq documents them (https://console.groq.com/docs/api-reference#audio-transcription). */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { transcriptFormats } from '../../transcription/formats/transcript-formats.ts';
import { toVerboseJson } from '../../transcription/formats/transcript-json.ts';
import { collectTranscript, textOf, type Transcribe } from '../../transcription/transcript.ts';
import { withoutEmpty } from '../form-values.ts';
import { checkGranularities, fileOf, granularities, temperatureText } from '../openai/transcription-fields.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { transcriptionHeaders } from '../transcription-headers.ts';
import { registerUploads, type UploadedForm, type UploadRoutesOptions } from '../upload.ts';
import { parseBody } from '../validation.ts';

export type GroqTranscriptionsOptions = UploadRoutesOptions & { readonly transcribe: Transcribe };

const translationCounts = { model: 1, url: 1, prompt: 1, response_format: 1, temperature: 1 } as const;

const translationSchema = z.strictObject({
  model: z.string(),
  url: z.string().optional(),
  prompt: z.string().optional(),
  response_format: z.enum(['json', 'text', 'verbose_json']).default('json'),
  temperature: temperatureText.optional(),
});

const transcriptionSchema = translationSchema.extend({ language: z.string().optional(), timestamp_granularities: granularities.optional() });

const routes = [
  { name: 'transcriptions', task: 'transcribe', counts: { ...translationCounts, language: 1, timestamp_granularities: 2 }, schema: transcriptionSchema },
  { name: 'translations', task: 'translate', counts: translationCounts, schema: translationSchema },
] as const;

/** Errors come in OpenAI's shape, which is Groq's too. */
export async function registerGroqTranscriptions(app: FastifyInstance, { transcribe, ...uploads }: GroqTranscriptionsOptions): Promise<void> {
  await registerUploads(app, uploads, (scope, receive) => {
    for (const { name, task, counts, schema } of routes) {
      scope.post(`/openai/v1/audio/${name}`, async (request, reply) => {
        const signal = callerSignal(reply);
        return receive(request, { fields: counts, signal }, async ({ fields, path }) => {
          const { format, segments, words, ...asked } = parse(schema, fields);
          const transcription = await transcribe({ ...asked, requestId: request.id, trace: traceOf(request), caller: callerOf(request), path: fileOf(path), task, words }, signal);
          const transcript = await collectTranscript(transcription);
          reply.headers(transcriptionHeaders(transcription)).type(transcriptFormats[format].contentType);
          if (format === 'text') return transcriptFormats.text.write(transcript, { task, words });
          const own = { x_groq: { id: request.id } };
          if (format === 'json') return { text: textOf(transcript.segments), ...own };
          const { usage: _, language, ...verbose } = toVerboseJson(transcript, { task, words, segments });
          return { ...verbose, language: capitalised(language), ...own };
        });
      });
    }
  });
}

/** Errors: input_invalid, input_unsupported. */
function parse(schema: typeof transcriptionSchema | typeof translationSchema, fields: UploadedForm['fields']) {
  const { response_format: format, url, ...given }: z.infer<typeof transcriptionSchema> = parseBody(schema, withoutEmpty(fields));
  if (url !== undefined) throw new AntiphonError('input_unsupported', 'This server fetches no addresses that a client names; send the recording in file.', { param: 'url' });
  checkGranularities(given.timestamp_granularities, format);
  const asked = given.timestamp_granularities ?? ['segment'];
  return { model: given.model, language: given.language, prompt: given.prompt, temperature: given.temperature, format, segments: asked.includes('segment'), words: asked.includes('word') };
}

/** `English`, where OpenAI has `english`. */
function capitalised(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
