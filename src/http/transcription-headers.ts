/** What every answer with a transcript says in its headers, in all dialects. */
import type { Transcription } from '../transcription/transcript.ts';
import { toHeaderValue } from './header-value.ts';

export function transcriptionHeaders({ provider, model, insteadOf }: Pick<Transcription, 'provider' | 'model' | 'insteadOf'>): Record<string, string> {
  return { 'cache-control': 'no-store', 'x-antiphon-provider': provider, 'x-antiphon-model': toHeaderValue(model), ...(insteadOf === undefined ? {} : { 'x-antiphon-instead-of': toHeaderValue(insteadOf) }) };
}
