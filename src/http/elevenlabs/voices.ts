/** ElevenLabs' routes that list voices and tell of one. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Config } from '../../config/schema.ts';
import { AntiphonError } from '../../errors.ts';
import type { VoiceCatalog } from '../../speech/voice-catalog.ts';
import { elevenLabsDialect } from './errors.ts';
import { parseFields, queryFlag } from './fields.ts';
import { listVoices, type ListedVoice } from './voice-list.ts';
import { searchVoices, voiceSearchSchema } from './voice-search.ts';
import { defaultVoiceSettings } from './voice-settings.ts';

export type ElevenLabsVoicesOptions = { readonly catalog: VoiceCatalog; readonly speech: Config['speech'] };

const listQuery = z.strictObject({ show_legacy: queryFlag.optional() });
const voiceQuery = z.strictObject({ with_settings: queryFlag.default(true) });

export function registerElevenLabsVoices(app: FastifyInstance, { catalog, speech }: ElevenLabsVoicesOptions): void {
  const route = { config: { dialect: elevenLabsDialect } };

  app.get('/v1/voices', route, async (request) => {
    parseFields(listQuery, request.query, 'query');
    return { voices: listVoices(await catalog.models(), speech) };
  });

  app.get('/v2/voices', route, async (request) => {
    const search = parseFields(voiceSearchSchema, request.query, 'query');
    return searchVoices(listVoices(await catalog.models(), speech), search);
  });

  app.get<{ Params: { voice_id: string } }>('/v1/voices/:voice_id', route, async (request) => {
    const { with_settings: withSettings } = parseFields(voiceQuery, request.query, 'query');
    const voice = await find(request.params.voice_id);
    return withSettings ? voice : { ...voice, settings: null };
  });

  app.get('/v1/voices/settings/default', route, async () => defaultVoiceSettings);

  app.get<{ Params: { voice_id: string } }>('/v1/voices/:voice_id/settings', route, async (request) => {
    await find(request.params.voice_id);
    return defaultVoiceSettings;
  });

  async function find(voiceId: string): Promise<ListedVoice> {
    const voice = listVoices(await catalog.models(), speech).find(({ voice_id: id }) => id === voiceId)
      ?? listVoices(await catalog.refreshForCaller(), speech).find(({ voice_id: id }) => id === voiceId);
    if (!voice) throw new AntiphonError('voice_unknown', 'No such voice.', { param: 'voice' });
    return voice;
  }
}
