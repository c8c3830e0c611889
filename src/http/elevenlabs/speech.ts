/** POST /v1/text-to-speech/{voice_id} and its three siblings, as ElevenLabs documents them (https://elevenlabs.io/docs/api-reference/text-to-speech). */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/schema.ts';
import type { Speak, Speech } from '../../speech/speak.ts';
import type { VoiceCatalog } from '../../speech/voice-catalog.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { speechHeaders } from '../speech-headers.ts';
import { streamReply } from '../stream-reply.ts';
import { chooseSpeaker, type SpeakerOptions } from './choose-speaker.ts';
import { elevenLabsDialect } from './errors.ts';
import { parseFields } from './fields.ts';
import { outputFormatOf } from './output-formats.ts';
import { bodySchema, querySchema, refuseUnsupported } from './speech-fields.ts';
import { toTimedAnswer, toTimedLines } from './timed-answers.ts';

export type ElevenLabsSpeechOptions = { readonly speak: Speak; readonly catalog: VoiceCatalog; readonly speech: Config['speech'] } & Pick<SpeakerOptions, 'mayAskProviders'>;

type SpeechRequest = FastifyRequest<{ Params: { voice_id: string } }>;

/** What the vendor takes where no model is named. */
const defaultModel = 'eleven_multilingual_v2';

export function registerElevenLabsSpeech(app: FastifyInstance, { speak, catalog, speech: config, mayAskProviders }: ElevenLabsSpeechOptions): void {
  const route = { config: { dialect: elevenLabsDialect } };
  const path = '/v1/text-to-speech/:voice_id';

  const asAudio = async (request: SpeechRequest, reply: FastifyReply): Promise<void> => {
    const spoken = await begin(request, reply);
    await answer(reply, { spoken, contentType: spoken.contentType, chunks: spoken.bytes });
  };
  app.post<{ Params: { voice_id: string } }>(path, route, asAudio);
  app.post<{ Params: { voice_id: string } }>(`${path}/stream`, route, asAudio);

  app.post<{ Params: { voice_id: string } }>(`${path}/with-timestamps`, route, async (request, reply) => {
    const spoken = await begin(request, reply);
    await answer(reply, { spoken, contentType: 'application/json', chunks: toTimedAnswer(spoken.parts) });
  });

  app.post<{ Params: { voice_id: string } }>(`${path}/stream/with-timestamps`, route, async (request, reply) => {
    const spoken = await begin(request, reply);
    await answer(reply, { spoken, contentType: 'application/json', chunks: toTimedLines(spoken.parts) });
  });

  async function begin(request: SpeechRequest, reply: FastifyReply): Promise<Speech> {
    const query = parseFields(querySchema, request.query, 'query');
    const body = parseFields(bodySchema, request.body, 'body');
    refuseUnsupported(body);
    const { model, voice } = await chooseSpeaker({
      voiceId: request.params.voice_id,
      modelId: body.model_id ?? defaultModel,
      languageCode: body.language_code ?? undefined,
      catalog,
      speech: config,
      mayAskProviders,
    });
    return speak({
      requestId: request.id,
      trace: traceOf(request),
      caller: callerOf(request),
      text: body.text,
      markup: 'fragments',
      normalise: body.apply_text_normalization !== 'off',
      model,
      voice,
      speed: body.voice_settings?.speed ?? 1,
      ...outputFormatOf(query.output_format),
    }, callerSignal(reply));
  }

  async function answer(reply: FastifyReply, { spoken, contentType, chunks }: { spoken: Speech; contentType: string; chunks: AsyncGenerator<Uint8Array | string> }): Promise<void> {
    await streamReply({
      reply,
      status: 200,
      headers: {
        'content-type': contentType,
        'request-id': reply.request.id,
        'character-cost': String(spoken.characters),
        ...speechHeaders(spoken),
      },
      chunks,
      stallTimeoutMs: config.stallTimeoutMs,
    });
  }
}
