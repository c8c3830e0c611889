/** POST /embeddings of OpenAI's protocol. */
import { z } from 'zod';
import { AntiphonError } from '../../../errors.ts';
import type { EmbeddingSource } from '../../kinds.ts';
import { estimateTokens } from '../estimate-tokens.ts';
import type { ProviderClient } from '../http-client.ts';
import { unusable } from '../provider-errors.ts';
import { askJson } from '../read-answer.ts';

const embeddingsSchema = z.object({
  // Numbers, or little-endian 32-bit floats in base64.
  data: z.array(z.object({ index: z.int().nonnegative(), embedding: z.union([z.array(z.number()), z.string()]) })),
  usage: z.object({ prompt_tokens: z.number().nonnegative().optional(), total_tokens: z.number().nonnegative().optional() }).nullish(),
});

/** 2,048 texts of 1,536 numbers in JSON take about 40. */
const mostBytes = 128 * 1_048_576;

export function createOpenAiEmbeddings(client: ProviderClient): (model: string) => EmbeddingSource {
  return (model) => ({
    async embed(texts, signal) {
      signal.throwIfAborted();
      if (texts.some((text) => text.trim() === '')) throw new AntiphonError('input_empty', 'A text to embed is empty.', { param: 'input' });
      const told = await askJson(client, { path: '/embeddings', body: { model, input: texts }, schema: embeddingsSchema, lacking: 'vectors', mostBytes, texts }, signal);
      const vectors = inOrder(told.data, texts.length).map((embedding) => (embedding === undefined ? undefined : toUnitVector(embedding)));
      const dimensions = vectors[0]?.length;
      if (!vectors.every((vector) => vector !== undefined && vector.length === dimensions)) throw unusable(client.id, 'without a vector for each text');
      return { vectors: vectors.filter((vector) => vector !== undefined), tokens: told.usage?.prompt_tokens ?? told.usage?.total_tokens ?? estimateTokens(texts) };
    },
  });
}

type ToldEmbedding = z.infer<typeof embeddingsSchema>['data'][number];

function inOrder(data: readonly ToldEmbedding[], count: number): (ToldEmbedding['embedding'] | undefined)[] {
  const byIndex = new Map(data.map(({ index, embedding }) => [index, embedding]));
  return Array.from({ length: count }, (_, index) => byIndex.get(index));
}

/** undefined for what has no direction. */
function toUnitVector(embedding: readonly number[] | string): Float32Array | undefined {
  const vector = typeof embedding === 'string' ? fromBase64(embedding) : Float32Array.from(embedding);
  if (vector === undefined) return undefined;
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return Number.isFinite(length) && length > 0 ? vector.map((value) => value / length) : undefined;
}

function fromBase64(text: string): Float32Array | undefined {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return bytes.length % 4 === 0 ? new Float32Array(bytes.buffer) : undefined;
}
