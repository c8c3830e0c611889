/** POST /v1/audio/speech as OpenAI documents it (https://platform.openai.com/docs/api-reference/audio/createSpeech). */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AntiphonError, toAntiphonError } from '../../errors.ts';
import type { Speak, Speech } from '../../speech/speak.ts';
import { markupOf } from '../markup-header.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { speechHeaders } from '../speech-headers.ts';
import { streamReply } from '../stream-reply.ts';
import { parseBody } from '../validation.ts';
import { toOpenAiError } from './errors.ts';

export type OpenAiSpeechOptions = { readonly speak: Speak; readonly stallTimeoutMs: number };

const formats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm', 'ulaw', 'alaw'] as const;

const bodySchema = z.strictObject({
  model: z.string().min(1),
  input: z.string(),
  voice: z.union([z.string().min(1), z.strictObject({ id: z.string().min(1) }).transform(({ id }) => id)]).optional(),
  instructions: z.string().optional(),
  response_format: z.enum(formats).default('mp3'),
  speed: z.number().min(0.25).max(4).default(1),
  stream_format: z.enum(['audio', 'sse']).default('audio'),
});

export function registerOpenAiSpeech(app: FastifyInstance, { speak, stallTimeoutMs }: OpenAiSpeechOptions): void {
  app.post('/v1/audio/speech', async (request, reply) => {
    const body = parseBody(bodySchema, request.body);
    if ((body.instructions ?? '').trim() !== '') {
      throw new AntiphonError('input_unsupported', 'No local voice takes instructions; leave the field out and choose a voice instead.', { param: 'instructions' });
    }
    const speech = await speak({
      requestId: request.id,
      trace: traceOf(request),
      caller: callerOf(request),
      text: body.input,
      markup: markupOf(request),
      model: body.model,
      voice: body.voice,
      speed: body.speed,
      format: body.response_format,
    }, callerSignal(reply));
    const asEvents = body.stream_format === 'sse';
    await streamReply({
      reply,
      status: 200,
      headers: {
        'content-type': asEvents ? 'text/event-stream' : speech.contentType,
        ...speechHeaders(speech),
      },
      chunks: asEvents ? toEvents(speech) : speech.bytes,
      stallTimeoutMs,
      ...(asEvents ? { lastWords: (error: unknown) => event({ type: 'error', ...toOpenAiError(toAntiphonError(error)) }) } : {}),
    });
  });
}

async function* toEvents(speech: Speech): AsyncGenerator<string> {
  for await (const bytes of speech.bytes) yield event({ type: 'speech.audio.delta', audio: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') });
  yield event({ type: 'speech.audio.done', usage: usageOf(speech) });
}

/**
 * Local engines know no tokens. So that clients which add them up have something steady: four characters of text
 * count as one, and so does a twentieth of a second of audio.
 */
function usageOf(speech: Speech) {
  const inputTokens = Math.ceil(speech.characters / 4);
  const outputTokens = Math.ceil(speech.progress().audioSeconds * 20);
  return { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
