/** POST /audio/speech of OpenAI's protocol, played as it arrives. */
import type { SpeechChunk, SpeechRequest } from '../../kinds.ts';
import { refuseUnsayable } from '../given-fields.ts';
import type { ProviderClient } from '../http-client.ts';
import type { ProviderSpeech } from '../provider.ts';
import { providerSpeechRateHz, readSpeech } from '../read-speech.ts';
import type { ServerTraits } from './server-traits.ts';

export function createOpenAiSpeech(client: ProviderClient, { speechFormat }: ServerTraits): ProviderSpeech {
  async function* synthesise(model: string, request: SpeechRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    signal.throwIfAborted();
    refuseUnsayable(request, { id: client.id, slowest: 0.25, fastest: 4 });
    const { text, voice, speed } = request;
    const body = { model, input: text, voice, response_format: speechFormat, ...(speed === 1 ? {} : { speed }) };
    const answer = await client.open({ path: '/audio/speech', body, accept: 'audio/*', texts: [text] }, signal);
    try {
      yield* readSpeech(answer, client.id);
    } finally {
      answer.close();
    }
  }

  return { sampleRateHz: providerSpeechRateHz, synthesise };
}
