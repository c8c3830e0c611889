/** What every answer with speech says in its headers, in all dialects: who spoke, with which voice, in whose place. */
import type { Speech } from '../speech/speak.ts';
import { toHeaderValue } from './header-value.ts';

export function speechHeaders({ provider, voice, outputRateHz }: Pick<Speech, 'provider' | 'voice' | 'outputRateHz'>): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-antiphon-provider': provider,
    'x-antiphon-engine': toHeaderValue(voice.engine),
    'x-antiphon-voice': toHeaderValue(voice.voice),
    'x-antiphon-sample-rate': String(outputRateHz),
    ...(voice.insteadOf === undefined ? {} : { 'x-antiphon-instead-of': toHeaderValue(voice.insteadOf) }),
  };
}
