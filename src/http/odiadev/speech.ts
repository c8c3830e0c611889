/** ODIADEV-TTS' POST /tts, POST /tts/stream and GET /voices, for its clients to be pointed here unchanged. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import type { Speak } from '../../speech/speak.ts';
import type { VoiceCatalog } from '../../speech/voice-catalog.ts';
import { modelOfVoice } from '../model-of-voice.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { speechHeaders } from '../speech-headers.ts';
import { streamReply } from '../stream-reply.ts';
import { fieldRequired, odiadevDialect } from './errors.ts';

export type OdiadevOptions = { readonly speak: Speak; readonly catalog: VoiceCatalog; readonly stallTimeoutMs: number };

const maxCharacters = 800;
/** Its name for the voice that speaks where none is chosen. */
const baseVoice = 'base';

const bodySchema = z.strictObject({ text: z.string(), voice_id: z.string().nullish() });

export function registerOdiadev(app: FastifyInstance, { speak, catalog, stallTimeoutMs }: OdiadevOptions): void {
  const route = { config: { dialect: odiadevDialect } };

  const tts = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { text, voice_id: voiceId } = parse(request.body);
    const voice = voiceId === undefined || voiceId === null || voiceId === '' || voiceId === baseVoice ? undefined : voiceId;
    const trimmed = text.trim();
    if (trimmed === '' || trimmed.length > maxCharacters) {
      throw new AntiphonError(trimmed === '' ? 'input_empty' : 'input_too_long', `text is required and must be ≤ ${maxCharacters} chars`, { param: 'text' });
    }
    const speech = await speak({
      requestId: request.id,
      trace: traceOf(request),
      caller: callerOf(request),
      text: trimmed,
      model: await modelOfVoice(voice, catalog),
      voice,
      speed: 1,
      format: 'mp3',
    }, callerSignal(reply));
    await streamReply({
      reply,
      status: 200,
      headers: { 'content-type': speech.contentType, ...speechHeaders(speech) },
      chunks: speech.bytes,
      stallTimeoutMs,
    });
  };
  app.post('/tts', route, tts);
  app.post('/tts/stream', route, tts);

  app.get('/voices', route, async () => {
    const voices = (await catalog.models()).flatMap((model) => model.voices.map(({ id }) => id));
    return { available: [baseVoice, ...voices], custom: [] };
  });
}

/** Errors: input_invalid, in the words of that API's own validation where a field, or the whole body, is missing. */
function parse(given: unknown): z.infer<typeof bodySchema> {
  if (given === undefined || given === null) throw new AntiphonError('input_invalid', fieldRequired);
  const parsed = bodySchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') throw new AntiphonError('input_invalid', 'Extra inputs are not permitted', { param: issue.keys[0]! });
  const param = issue.path.map(String).join('.');
  if (param === '') throw new AntiphonError('input_invalid', 'The body must be a JSON object.');
  const missing = typeof given === 'object' && !Object.hasOwn(given, param);
  throw new AntiphonError('input_invalid', missing ? fieldRequired : issue.message, { param });
}
