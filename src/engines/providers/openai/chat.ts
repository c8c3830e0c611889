/** POST /chat/completions of OpenAI's protocol, streamed. */
import { z } from 'zod';
import { AntiphonError } from '../../../errors.ts';
import type { ChatDelta, ChatFormat, ChatRequest, ChatSource, ChatUsage } from '../../kinds.ts';
import { estimateTokens } from '../estimate-tokens.ts';
import type { ProviderClient } from '../http-client.ts';
import { brokenOff, parseJson, unusable } from '../provider-errors.ts';
import { readEvents } from '../read-answer.ts';
import { refuseSchema } from '../refuse-schema.ts';
import type { ServerTraits } from './server-traits.ts';

const usageSchema = z.object({ prompt_tokens: z.number().nonnegative(), completion_tokens: z.number().nonnegative() });

// A reasoning model's thoughts come in fields of their own (`reasoning_content`, `reasoning`) and are not the answer.
const chunkSchema = z.object({
  choices: z.array(z.object({ delta: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }).nullish(), finish_reason: z.string().nullish() })).nullish(),
  usage: usageSchema.nullish().catch(undefined),
  x_groq: z.object({ usage: usageSchema.nullish() }).nullish().catch(undefined),
  error: z.unknown().optional(),
  object: z.unknown().optional(),
});

type Answer = { text: string; hasChoices: boolean; finishReason: string | undefined; usage: ChatUsage | undefined; isWhole: boolean };

export function createOpenAiChat(client: ProviderClient, traits: ServerTraits): (model: string) => ChatSource {
  return (model) => ({
    async *chat(request, signal): AsyncGenerator<ChatDelta, void, undefined> {
      signal.throwIfAborted();
      const ask = { path: '/chat/completions', body: toBody(model, request, traits), accept: 'text/event-stream', texts: request.messages.map(({ content }) => content) };
      const answer = await client.open(ask, signal).catch((thrown: unknown) => { throw refuseSchema(thrown, request); });
      const told: Answer = { text: '', hasChoices: false, finishReason: undefined, usage: undefined, isWhole: false };
      try {
        for await (const { event, data } of readEvents(answer, client.id)) {
          if (data === '[DONE]') {
            told.isWhole = true;
            answer.settle();
          }
          if (told.isWhole) continue;
          const parsed = chunkSchema.safeParse(parseJson(data));
          if (!parsed.success) throw unusable(client.id, 'with an event that cannot be read');
          if (tellsError(event, parsed.data)) throw answer.fault(data);
          const text = takeChunk(parsed.data, told);
          if (text !== '') yield { type: 'chat.text', text };
        }
      } finally {
        answer.close();
      }
      yield toEnd(told, { request, id: client.id });
    },
  });
}

function toBody(model: string, { messages, maxTokens, temperature, topP, seed, stop, format }: ChatRequest, { maxTokensField }: ServerTraits): object {
  return {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    stream: true,
    stream_options: { include_usage: true },
    ...(maxTokens === undefined ? {} : { [maxTokensField]: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
    ...(format === undefined || format.type === 'text' ? {} : { response_format: toResponseFormat(format) }),
  };
}

function toResponseFormat(format: Exclude<ChatFormat, { type: 'text' }>): object {
  if (format.type === 'json_object') return { type: 'json_object' };
  const { name, schema } = format;
  return { type: 'json_schema', json_schema: { name, schema, strict: true } };
}

/** In the three ways in which servers say so in the middle of a stream: OpenAI, llama.cpp, vLLM. */
function tellsError(event: string, { error, object }: z.infer<typeof chunkSchema>): boolean {
  return event === 'error' || object === 'error' || (error !== undefined && error !== null);
}

/** Notes what the chunk tells and gives its text. */
function takeChunk({ choices, usage, x_groq }: z.infer<typeof chunkSchema>, told: Answer): string {
  const spent = usage ?? x_groq?.usage;
  if (spent !== undefined && spent !== null) told.usage = { promptTokens: spent.prompt_tokens, completionTokens: spent.completion_tokens };
  const [choice] = choices ?? [];
  if (choice === undefined) return '';
  told.hasChoices = true;
  told.finishReason = choice.finish_reason ?? told.finishReason;
  // A refusal is said in words, too.
  const text = choice.delta?.content ?? choice.delta?.refusal ?? '';
  told.text += text;
  return text;
}

function toEnd({ text, hasChoices, finishReason, usage, isWhole }: Answer, { request, id }: { readonly request: ChatRequest; readonly id: string }): ChatDelta {
  // Some servers leave the last line out; how it finished is told all the same.
  if (!isWhole && finishReason === undefined) throw brokenOff(id);
  if (!hasChoices) throw unusable(id, 'without an answer in it');
  if (text === '' && finishReason === 'content_filter') throw new AntiphonError('provider_rejected', `The provider ${id} filtered the answer out.`);
  // Nothing is an answer only where the caller's own words or limit may have cut it off at once.
  if (text === '' && finishReason !== 'length' && (request.stop ?? []).length === 0) throw unusable(id, 'with no text at all');
  return {
    type: 'chat.end',
    finishReason: finishReason === 'length' ? 'length' : 'stop',
    usage: usage ?? { promptTokens: estimateTokens(request.messages.map(({ content }) => content)), completionTokens: estimateTokens([text]) },
  };
}
