/** POST /api/v1/pronounce: how a text would be read, sentence by sentence, without speaking it. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Pronounce, ReadSentence } from '../../speech/pronounce.ts';
import { callerOf } from '../request-context.ts';
import { parseBody } from '../validation.ts';

/** Names as in POST /api/v1/speech. */
const bodySchema = z.strictObject({
  input: z.string(),
  model: z.string().min(1).default('tts-1'),
  voice: z.string().min(1).optional(),
  markup: z.enum(['none', 'ssml']).default('none'),
  normalise: z.boolean().default(true),
});

export function registerPronounceRoute(app: FastifyInstance, { pronounce }: { readonly pronounce: Pronounce }): void {
  app.post('/api/v1/pronounce', async (request) => {
    const { input, ...body } = parseBody(bodySchema, request.body);
    const { voice, sentences } = await pronounce({ ...body, owner: callerOf(request).owner, text: input });
    return { engine: voice.engine, voice: voice.voice, language: voice.language, sentences: sentences.map(toWire) };
  });
}

/** Shared with the command line's --json. `start` and `end` are UTF-16 offsets into the text. */
export function toWire({ source, spoken, changes, pronunciations, language, ipa }: ReadSentence) {
  return { source, spoken, language: language ?? null, changes, pronunciations, ipa: ipa ?? null };
}
