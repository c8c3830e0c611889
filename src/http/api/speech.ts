/** POST /api/v1/speech: audio with what is said when, as JSON lines while it is made. What the web page plays from. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { audioFormatIds } from '../../audio/formats.ts';
import { toAntiphonError } from '../../errors.ts';
import { captionFormats, formatCaptions, type CaptionFormat } from '../../speech/captions.ts';
import type { Speak, Speech } from '../../speech/speak.ts';
import type { TimedSentence } from '../../speech/timed-sentence.ts';
import { toOpenAiError } from '../openai/errors.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { speechHeaders } from '../speech-headers.ts';
import { streamReply } from '../stream-reply.ts';
import { parseBody } from '../validation.ts';

export type SpeechRoutesOptions = { readonly speak: Speak; readonly stallTimeoutMs: number };

/** The fields of POST /v1/audio/speech under their names there, and what that API has no room for. */
const bodySchema = z.strictObject({
  input: z.string(),
  model: z.string().min(1).default('tts-1'),
  voice: z.string().min(1).optional(),
  response_format: z.enum(audioFormatIds).default('pcm'),
  sample_rate: z.number().int().min(1).optional(),
  speed: z.number().min(0.25).max(4).default(1),
  markup: z.enum(['none', 'ssml']).default('none'),
  normalise: z.boolean().default(true),
  captions: z.array(z.enum(captionFormats)).default([]),
});

export function registerSpeechRoutes(app: FastifyInstance, { speak, stallTimeoutMs }: SpeechRoutesOptions): void {
  app.post('/api/v1/speech', async (request, reply) => {
    const body = parseBody(bodySchema, request.body);
    const speech = await speak({
      requestId: request.id,
      trace: traceOf(request),
      caller: callerOf(request),
      text: body.input,
      markup: body.markup,
      normalise: body.normalise,
      model: body.model,
      voice: body.voice,
      speed: body.speed,
      format: body.response_format,
      sampleRateHz: body.sample_rate,
    }, callerSignal(reply));
    await streamReply({
      reply,
      status: 200,
      headers: { 'content-type': 'application/x-ndjson', ...speechHeaders(speech) },
      chunks: toLines(speech, body.captions),
      stallTimeoutMs,
      lastWords: (error) => line({ type: 'error', ...toOpenAiError(toAntiphonError(error)) }),
    });
  });
}

/** The first line comes with the first audio, so that what fails before can be answered with its own status. */
async function* toLines(speech: Speech, captions: readonly CaptionFormat[]): AsyncGenerator<string> {
  const sentences: TimedSentence[] = [];
  let before = line(toStart(speech));
  for await (const part of speech.parts) {
    if (captions.length > 0) sentences.push(...part.sentences);
    const audio = Buffer.from(part.bytes.buffer, part.bytes.byteOffset, part.bytes.length).toString('base64');
    yield before + line({ type: 'part', audio, sentences: part.sentences.map(toWire) });
    before = '';
  }
  const { audioSeconds, firstAudioMs, elapsedMs } = speech.progress();
  yield before + line({
    type: 'end',
    audio_seconds: round(audioSeconds),
    first_audio_ms: firstAudioMs ?? null,
    elapsed_ms: elapsedMs,
    captions: Object.fromEntries(captions.map((format) => [format, formatCaptions(sentences, format)])),
  });
}

function toStart({ provider, contentType, outputRateHz, voice, tellsTimings }: Speech) {
  return { type: 'start', content_type: contentType, sample_rate: outputRateHz, provider, engine: voice.engine, voice: voice.voice, instead_of: voice.insteadOf ?? null, tells_words: tellsTimings };
}

/** `start` and `end` are UTF-16 offsets into the input. */
function toWire({ index, source, spokenText, startSeconds, endSeconds, words }: TimedSentence) {
  return {
    index,
    start: source.start,
    end: source.end,
    spoken_text: spokenText,
    start_seconds: round(Math.max(0, startSeconds)),
    end_seconds: round(endSeconds),
    words: words.map((word) => ({ start: word.start, end: word.end, start_seconds: round(word.startSeconds), end_seconds: round(word.endSeconds) })),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 10_000) / 10_000;
}

function line(data: object): string {
  return `${JSON.stringify(data)}\n`;
}
