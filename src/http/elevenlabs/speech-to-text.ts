/** POST /v1/speech-to-text as ElevenLabs documents it (https://elevenlabs.io/docs/api-reference/speech-to-text/convert). */
import type { FastifyInstance } from 'fastify';
import { AntiphonError } from '../../errors.ts';
import { transcriptFormats } from '../../transcription/formats/transcript-formats.ts';
import { collectTranscript, textOf, type Transcribe, type Transcript } from '../../transcription/transcript.ts';
import type { Dialect } from '../dialect.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { transcriptionHeaders } from '../transcription-headers.ts';
import { registerUploads, type UploadRoutesOptions } from '../upload.ts';
import { elevenLabsDialect, fieldRequired } from './errors.ts';
import { parseFields } from './fields.ts';
import { parseSpeechToText, speechToTextFieldCounts, speechToTextQuerySchema } from './speech-to-text-fields.ts';
import { threeLetterCodeOf } from './speech-to-text-languages.ts';
import { toSpeechToTextWords, type Granularity } from './speech-to-text-words.ts';

export type ElevenLabsSpeechToTextOptions = UploadRoutesOptions & { readonly transcribe: Transcribe };

type AdditionalFormat = 'srt' | 'text';

export async function registerElevenLabsSpeechToText(app: FastifyInstance, { transcribe, ...uploads }: ElevenLabsSpeechToTextOptions): Promise<void> {
  await registerUploads(app, uploads, (scope, receive) => {
    scope.post('/v1/speech-to-text', { config: { dialect: speechToTextDialect } }, async (request, reply) => {
      parseFields(speechToTextQuerySchema, request.query, 'query');
      const signal = callerSignal(reply);
      return receive(request, { fields: speechToTextFieldCounts, signal }, async ({ fields, path }) => {
        const { granularity, additionalFormats, ...asked } = parseSpeechToText(fields);
        if (path === undefined) throw new AntiphonError('input_invalid', fieldRequired, { param: 'file' });
        const words = granularity !== 'none' || additionalFormats.includes('srt');
        const transcription = await transcribe({ ...asked, requestId: request.id, trace: traceOf(request), caller: callerOf(request), path, task: 'transcribe', words }, signal);
        const transcript = await collectTranscript(transcription);
        reply.headers({ ...transcriptionHeaders(transcription), 'request-id': request.id });
        return toAnswer(transcript, { granularity, additionalFormats });
      });
    });
  });
}

function toAnswer(transcript: Transcript, { granularity, additionalFormats }: { readonly granularity: Granularity; readonly additionalFormats: readonly AdditionalFormat[] }) {
  const { segments, language, languageProbability, durationSeconds } = transcript;
  return {
    // A client reads a text here; nobody says "nobody spoke" in ISO 639-3 but `zxx`, no linguistic content.
    language_code: language === undefined ? 'zxx' : threeLetterCodeOf(language),
    language_probability: languageProbability,
    text: textOf(segments),
    words: toSpeechToTextWords(segments, granularity),
    audio_duration_secs: durationSeconds,
    ...(additionalFormats.length === 0 ? {} : { additional_formats: additionalFormats.map((format) => toAdditionalFormat(format, transcript)) }),
  };
}

function toAdditionalFormat(format: AdditionalFormat, transcript: Transcript) {
  const { contentType, fileExtension, write } = transcriptFormats[format];
  return {
    requested_format: fileExtension,
    file_extension: fileExtension,
    content_type: contentType.split(';')[0],
    is_base64_encoded: false,
    content: write(transcript, { task: 'transcribe', words: true }),
  };
}

/** A form that cannot be read is no JSON that cannot be, and the language is called something else in this API. */
const speechToTextDialect: Dialect = (error, requestId) => {
  const { code, message, param } = error;
  if (code === 'body_invalid') return elevenLabsDialect(new AntiphonError('request_malformed', message), requestId);
  return elevenLabsDialect(param === 'language' ? new AntiphonError(code, message, { param: 'language_code' }) : error, requestId);
};
