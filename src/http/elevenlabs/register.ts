/** Every route of ElevenLabs' API that is served here. */
import type { FastifyInstance } from 'fastify';
import { registerElevenLabsSpeech, type ElevenLabsSpeechOptions } from './speech.ts';
import { registerElevenLabsAccount, type ElevenLabsAccountOptions } from './account.ts';
import { registerElevenLabsVoices } from './voices.ts';

export function registerElevenLabs(app: FastifyInstance, options: ElevenLabsSpeechOptions & ElevenLabsAccountOptions): void {
  registerElevenLabsSpeech(app, options);
  registerElevenLabsVoices(app, options);
  registerElevenLabsAccount(app, options);
}
