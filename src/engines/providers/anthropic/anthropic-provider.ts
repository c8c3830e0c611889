/** Anthropic, or a server with its messages API, as a provider of chat. */
import { z } from 'zod';
import { createProviderClient } from '../http-client.ts';
import type { Provider, ProviderSettings } from '../provider.ts';
import { askJson } from '../read-answer.ts';
import { withVersion } from '../versioned-url.ts';
import { createAnthropicChat } from './chat.ts';

/** The only one that there is; newer abilities come by fields. */
const apiVersion = '2023-06-01';

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

export function createAnthropicProvider(settings: ProviderSettings): Provider {
  const client = createProviderClient({ ...settings, baseUrl: withVersion(settings.baseUrl) }, (key) => ({ 'x-api-key': key }), { 'anthropic-version': apiVersion });
  return {
    id: settings.id,
    type: 'anthropic',
    chat: createAnthropicChat(client),
    async check(signal) {
      const startedMs = performance.now();
      const { data } = await askJson(client, { path: '/models?limit=1000', schema: modelsSchema, lacking: 'a list of models' }, signal);
      return { latencyMs: performance.now() - startedMs, models: data.map(({ id }) => id), quota: undefined };
    },
  };
}
