/** ElevenLabs, or a server with its bodies, as a provider of speech and transcription. */
import { z } from 'zod';
import { createProviderClient } from '../http-client.ts';
import type { Provider, ProviderSettings } from '../provider.ts';
import { askJson } from '../read-answer.ts';
import { withVersion } from '../versioned-url.ts';
import { createElevenLabsSpeech } from './speech.ts';
import { createElevenLabsTranscription } from './transcription.ts';

const subscriptionSchema = z.object({ character_count: z.number().nonnegative(), character_limit: z.number().nonnegative() });

export function createElevenLabsProvider(settings: ProviderSettings): Provider {
  const client = createProviderClient({ ...settings, baseUrl: withVersion(settings.baseUrl) }, (key) => ({ 'xi-api-key': key }));
  return {
    id: settings.id,
    type: 'elevenlabs',
    speech: createElevenLabsSpeech(client),
    transcription: createElevenLabsTranscription(client),
    async check(signal) {
      const startedMs = performance.now();
      const account = await askJson(client, { path: '/user/subscription', schema: subscriptionSchema, lacking: 'an account' }, signal);
      const quota = { used: account.character_count, limit: account.character_limit, unit: 'characters' };
      return { latencyMs: performance.now() - startedMs, models: [], quota };
    },
  };
}
