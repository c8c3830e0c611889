/** POST /v1/embeddings as OpenAI documents it (https://platform.openai.com/docs/api-reference/embeddings), and Groq under its prefix. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import type { Embed } from '../../language/embed.ts';
import { languageHeaders } from '../language-headers.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { parseBody } from '../validation.ts';

export type EmbeddingRoutesOptions = {
  readonly embed: Embed;
  /** `/openai/v1` for Groq's clients. */
  readonly prefix?: string;
};

const mostInputs = 2_048;

const bodySchema = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.union([z.string(), z.number(), z.array(z.number())])).min(1).max(mostInputs)], `neither a text nor a list of 1 to ${mostInputs} texts`),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: z.number().int().min(1).nullish(),
  user: z.string().nullish(),
});

/** Errors come in OpenAI's shape, which is Groq's too. */
export function registerEmbeddings(app: FastifyInstance, { embed, prefix = '/v1' }: EmbeddingRoutesOptions): void {
  app.post(`${prefix}/embeddings`, async (request, reply) => {
    const { model, input, encoding_format: encoding, dimensions } = parseBody(bodySchema, request.body);
    if (dimensions !== undefined && dimensions !== null) {
      throw new AntiphonError('input_unsupported', 'dimensions cannot be honoured: a vector cut short no longer lies where its meaning does with the models here. Leave the field out.', { param: 'dimensions' });
    }
    const texts = [input].flat().map(toText);
    const answer = await embed({ requestId: request.id, trace: traceOf(request), caller: callerOf(request), model, texts }, callerSignal(reply));
    return reply.headers(languageHeaders(answer)).send({
      object: 'list',
      data: answer.vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encoding === 'base64' ? toBase64(vector) : [...vector] })),
      model: answer.model,
      usage: { prompt_tokens: answer.tokens, total_tokens: answer.tokens },
    });
  });
}

function toText(input: string | number | readonly number[], index: number): string {
  if (typeof input !== 'string') throw new AntiphonError('input_unsupported', 'Tokens mean something in the vocabulary of one model only; send texts.', { param: 'input' });
  if (input.trim() === '') throw new AntiphonError('input_empty', `input.${index} is empty; every text must say something.`, { param: 'input' });
  return input;
}

/** Float32, little-endian, whatever this machine is. */
function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
