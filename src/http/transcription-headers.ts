/** What every answer with a transcript says in its headers, in all dialects. */
import type { Transcription } from '../transcription/transcript.ts';

export function transcriptionHeaders({ model, insteadOf }: Pick<Transcription, 'model' | 'insteadOf'>): Record<string, string> {
  return { 'cache-control': 'no-store', 'x-antiphon-model': encode(model), ...(insteadOf === undefined ? {} : { 'x-antiphon-instead-of': encode(insteadOf) }) };
}

/** A model may be named in any script. */
function encode(name: string): string {
  return name.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}
