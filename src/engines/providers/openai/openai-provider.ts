/** Any server with OpenAI's bodies as a provider of all four kinds: OpenAI, Groq, Ollama, vLLM, llama.cpp, Speaches, another Antiphon. */
import { z } from 'zod';
import { createProviderClient } from '../http-client.ts';
import type { Provider, ProviderSettings } from '../provider.ts';
import { askJson } from '../read-answer.ts';
import { createOpenAiChat } from './chat.ts';
import { createOpenAiEmbeddings } from './embeddings.ts';
import { traitsOf } from './server-traits.ts';
import { createOpenAiSpeech } from './speech.ts';
import { createOpenAiTranscription } from './transcription.ts';

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

export function createOpenAiProvider(settings: ProviderSettings): Provider {
  const client = createProviderClient(settings, (key) => ({ authorization: `Bearer ${key}` }));
  const traits = traitsOf(settings.baseUrl);
  return {
    id: settings.id,
    type: 'openai',
    speech: createOpenAiSpeech(client, traits),
    transcription: createOpenAiTranscription(client),
    chat: createOpenAiChat(client, traits),
    embeddings: createOpenAiEmbeddings(client),
    async check(signal) {
      const startedMs = performance.now();
      const { data } = await askJson(client, { path: '/models', schema: modelsSchema, lacking: 'a list of models' }, signal);
      return { latencyMs: performance.now() - startedMs, models: data.map(({ id }) => id), quota: undefined };
    },
  };
}
