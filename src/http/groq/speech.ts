/** POST /openai/v1/audio/speech as Groq documents it (https://console.groq.com/docs/api-reference#audio-speech). */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { AudioFormatId } from '../../audio/formats.ts';
import type { Speak } from '../../speech/speak.ts';
import { markupOf } from '../markup-header.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { speechHeaders } from '../speech-headers.ts';
import { streamReply } from '../stream-reply.ts';
import { parseBody } from '../validation.ts';

export type GroqSpeechOptions = { readonly speak: Speak; readonly stallTimeoutMs: number };

const formats = { flac: 'flac', mp3: 'mp3', mulaw: 'ulaw', ogg: 'opus', wav: 'wav' } as const satisfies Record<string, AudioFormatId>;
const sampleRatesHz = [8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000] as const;

/** What that vendor sends where no rate is named; G.711 has only one. */
const defaultRateHz = 48_000;

const bodySchema = z.strictObject({
  model: z.string().min(1),
  input: z.string(),
  voice: z.string().min(1),
  response_format: z.enum(Object.keys(formats) as [keyof typeof formats]).default('mp3'),
  sample_rate: z.literal(sampleRatesHz).optional(),
  speed: z.number().min(0.25).max(4).default(1),
});

/** Errors come in OpenAI's shape, which is Groq's too. */
export function registerGroqSpeech(app: FastifyInstance, { speak, stallTimeoutMs }: GroqSpeechOptions): void {
  app.post('/openai/v1/audio/speech', async (request, reply) => {
    const body = parseBody(bodySchema, request.body);
    const format = formats[body.response_format];
    const speech = await speak({
      requestId: request.id,
      trace: traceOf(request),
      caller: callerOf(request),
      text: body.input,
      markup: markupOf(request),
      model: body.model,
      voice: body.voice,
      speed: body.speed,
      format,
      sampleRateHz: body.sample_rate ?? (format === 'ulaw' ? undefined : defaultRateHz),
    }, callerSignal(reply));
    await streamReply({
      reply,
      status: 200,
      headers: {
        'content-type': speech.contentType,
        ...speechHeaders(speech),
      },
      chunks: speech.bytes,
      stallTimeoutMs,
    });
  });
}
