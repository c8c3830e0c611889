/** POST /v1/audio/transcriptions and /v1/audio/translations as OpenAI documents them (https://platform.openai.com/docs/api-reference/audio). */
import type { FastifyInstance } from 'fastify';
import { needsWords, transcriptFormats } from '../../transcription/formats/transcript-formats.ts';
import { toVerboseJson } from '../../transcription/formats/transcript-json.ts';
import { collectTranscript, type Transcribe } from '../../transcription/transcript.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { streamReply } from '../stream-reply.ts';
import { transcriptionHeaders } from '../transcription-headers.ts';
import { registerUploads, type UploadRoutesOptions } from '../upload.ts';
import { toTranscriptEvents, transcriptFailure } from './transcription-events.ts';
import { fileOf, parseTranscription, parseTranslation, transcriptionFieldCounts, translationFieldCounts } from './transcription-fields.ts';

export type OpenAiTranscriptionsOptions = UploadRoutesOptions & { readonly transcribe: Transcribe };

export async function registerOpenAiTranscriptions(app: FastifyInstance, { transcribe, ...uploads }: OpenAiTranscriptionsOptions): Promise<void> {
  await registerUploads(app, uploads, (scope, receive) => {
    scope.post('/v1/audio/transcriptions', async (request, reply) => {
      const signal = callerSignal(reply);
      return receive(request, { fields: transcriptionFieldCounts, signal }, async ({ fields, path }) => {
        const { format, granularities, stream, ...asked } = parseTranscription(fields);
        const words = needsWords(format) || granularities.includes('word');
        const transcription = await transcribe({ ...asked, requestId: request.id, trace: traceOf(request), caller: callerOf(request), path: fileOf(path), task: 'transcribe', words }, signal);
        const headers = transcriptionHeaders(transcription);
        if (stream) {
          return streamReply({
            reply,
            status: 200,
            headers: { ...headers, 'content-type': 'text/event-stream' },
            chunks: toTranscriptEvents(transcription),
            stallTimeoutMs: uploads.stallTimeoutMs,
            lastWords: transcriptFailure,
          });
        }
        const transcript = await collectTranscript(transcription);
        reply.headers(headers).type(transcriptFormats[format].contentType);
        if (format !== 'verbose_json') return transcriptFormats[format].write(transcript, { task: 'transcribe', words });
        return JSON.stringify(toVerboseJson(transcript, { task: 'transcribe', words, segments: granularities.includes('segment') }));
      });
    });

    scope.post('/v1/audio/translations', async (request, reply) => {
      const signal = callerSignal(reply);
      return receive(request, { fields: translationFieldCounts, signal }, async ({ fields, path }) => {
        const { format, ...asked } = parseTranslation(fields);
        const words = needsWords(format);
        const transcription = await transcribe({ ...asked, requestId: request.id, trace: traceOf(request), caller: callerOf(request), path: fileOf(path), task: 'translate', words }, signal);
        const transcript = await collectTranscript(transcription);
        reply.headers(transcriptionHeaders(transcription)).type(transcriptFormats[format].contentType);
        // Words of a translation are asked for to cut captions, and are no part of its JSON.
        return transcriptFormats[format].write(transcript, { task: 'translate', words: false });
      });
    });
  });
}
