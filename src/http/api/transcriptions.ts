/** POST /api/v1/transcriptions: what a recording says, as server-sent events while it is heard. What the web page listens with. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AntiphonError, toAntiphonError } from '../../errors.ts';
import type { HearingModel } from '../../transcription/choose-model.ts';
import { transcriptFormats } from '../../transcription/formats/transcript-formats.ts';
import { textOf, type Transcribe, type TranscribeRequest, type Transcription, type TranscriptSegment } from '../../transcription/transcript.ts';
import { toOpenAiError } from '../openai/errors.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { streamReply } from '../stream-reply.ts';
import { transcriptionHeaders } from '../transcription-headers.ts';
import { registerUploads, type UploadRoutesOptions } from '../upload.ts';
import { parseBody } from '../validation.ts';

export type TranscriptionRoutesOptions = UploadRoutesOptions & {
  readonly transcribe: Transcribe;
  /** Those that could hear now. */
  readonly models: () => Promise<readonly HearingModel[]>;
  /** A client that reads nothing for this long is cut off. */
  readonly stallTimeoutMs: number;
};

const path = '/api/v1/transcriptions';

const captionFormats = ['srt', 'vtt'] as const;

/** Everything in a form is text. */
const fieldsSchema = z.strictObject({
  model: z.string().min(1).default('whisper-1'),
  language: z.string().min(1).optional(),
  task: z.enum(['transcribe', 'translate']).default('transcribe'),
  prompt: z.string().optional(),
  words: z.enum(['true', 'false']).default('true').transform((words) => words === 'true'),
  captions: z.string().default('').transform((list) => list.split(',').filter((one) => one !== '')).pipe(z.array(z.enum(captionFormats))),
});

type Fields = z.infer<typeof fieldsSchema>;

const formFields = Object.fromEntries(Object.keys(fieldsSchema.shape).map((name) => [name, 1]));

export async function registerTranscriptionRoutes(app: FastifyInstance, { transcribe, models, stallTimeoutMs, ...uploads }: TranscriptionRoutesOptions): Promise<void> {
  app.get(`${path}/models`, async () => ({
    models: (await models()).map(({ modelId, languages, translates }) => ({ model: modelId, languages, translates })),
  }));

  await registerUploads(app, uploads, (scope, receive) => {
    scope.post(path, async (request, reply) => {
      const signal = callerSignal(reply);
      await receive(request, { fields: formFields, signal }, async (form) => {
        const fields = parseBody(fieldsSchema, form.fields);
        if (form.path === undefined) throw new AntiphonError('input_invalid', 'file is required.', { param: 'file' });
        const transcription = await transcribe({ requestId: request.id, trace: traceOf(request), caller: callerOf(request), path: form.path, ...questionOf(fields) }, signal);
        await streamReply({
          reply,
          status: 200,
          headers: { ...transcriptionHeaders(transcription), 'content-type': 'text/event-stream' },
          chunks: toEvents(transcription, fields),
          stallTimeoutMs,
          lastWords: (error) => event('error', toOpenAiError(toAntiphonError(error))),
        });
      });
    });
  });
}

/** Captions are cut between words, whether or not these are wanted for themselves. */
function questionOf({ model, language, task, prompt, words, captions }: Fields): Pick<TranscribeRequest, 'model' | 'language' | 'task' | 'prompt' | 'words'> {
  return { model, language, task, prompt, words: words || captions.length > 0 };
}

async function* toEvents(transcription: Transcription, { task, words, captions }: Fields): AsyncGenerator<string> {
  const { provider, model, insteadOf, expectedSeconds, parts, summary } = transcription;
  const segments: TranscriptSegment[] = [];
  // Begun before the client is told: a generator that never began would not clean up if the client left now.
  const first = parts.next();
  first.catch(() => undefined);
  try {
    yield event('started', { provider, model, instead_of: insteadOf ?? null, expected_seconds: expectedSeconds === undefined ? null : round(expectedSeconds) });
    for (let next = await first; next.done !== true; next = await parts.next()) {
      const { value: part } = next;
      segments.push(...part.segments);
      yield event('part', { segments: part.segments.map((segment) => toWire(segment, words)), done_seconds: round(part.doneSeconds) });
    }
  } finally {
    await parts.return(undefined);
  }
  const transcript = { ...summary(), segments, model };
  const { language, languageProbability, durationSeconds, speechSeconds } = transcript;
  yield event('done', {
    language: language ?? null,
    language_probability: languageProbability,
    duration_seconds: round(durationSeconds),
    speech_seconds: round(speechSeconds),
    text: textOf(segments),
    captions: Object.fromEntries(captions.map((format) => [format, transcriptFormats[format].write(transcript, { task, words })])),
  });
}

/** Words join to `text`, blanks included. */
function toWire({ index, startSeconds, endSeconds, text, words }: TranscriptSegment, withWords: boolean) {
  return {
    id: index,
    start: round(startSeconds),
    end: round(endSeconds),
    text,
    ...(withWords && words !== undefined ? { words: words.map((word) => ({ text: word.text, start: round(word.startSeconds), end: round(word.endSeconds), probability: round(word.probability) })) } : {}),
  };
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
