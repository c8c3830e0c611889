/** What every answer of a language model says in its headers, in all dialects: who answered, and in whose place. */
import type { ChatAnswer } from '../language/chat.ts';

export function languageHeaders({ provider, model, insteadOf }: Pick<ChatAnswer, 'provider' | 'model' | 'insteadOf'>): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-antiphon-provider': encode(provider),
    'x-antiphon-model': encode(model),
    ...(insteadOf === undefined ? {} : { 'x-antiphon-instead-of': encode(insteadOf) }),
  };
}

/** A model may be named in any script. */
function encode(name: string): string {
  return name.toWellFormed().replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}
