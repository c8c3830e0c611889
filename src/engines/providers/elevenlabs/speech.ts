/** POST /v1/text-to-speech/{voice}/stream of ElevenLabs, played as it arrives. */
import { AntiphonError } from '../../../errors.ts';
import type { SpeechChunk, SpeechRequest } from '../../kinds.ts';
import { refuseUnsayable } from '../given-fields.ts';
import type { ProviderClient } from '../http-client.ts';
import type { ProviderSpeech } from '../provider.ts';
import { providerSpeechRateHz, readSpeech } from '../read-speech.ts';

export function createElevenLabsSpeech(client: ProviderClient): ProviderSpeech {
  async function* synthesise(model: string, request: SpeechRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    signal.throwIfAborted();
    refuseUnsayable(request, { id: client.id, slowest: 0.7, fastest: 1.2 });
    const { text, voice, speed } = request;
    // Where a voice's own settings are not overridden, they hold.
    const body = { text, model_id: model, ...(speed === 1 ? {} : { voice_settings: { speed } }) };
    const path = `/text-to-speech/${voiceSegment(voice, client.id)}/stream?output_format=pcm_${providerSpeechRateHz}`;
    const answer = await client.open({ path, body, accept: 'audio/*', texts: [text] }, signal);
    try {
      yield* readSpeech(answer, client.id);
    } finally {
      answer.close();
    }
  }

  return { sampleRateHz: providerSpeechRateHz, synthesise };
}

/** A voice is a part of the path; dots alone would lead out of it. */
function voiceSegment(voice: string, id: string): string {
  if (/^\.{0,2}$/.test(voice)) throw new AntiphonError('voice_unknown', `The provider ${id} has no voice of that name.`, { param: 'voice' });
  return encodeURIComponent(voice);
}
