/** POST /v1/messages of Anthropic, streamed. */
import { z } from 'zod';
import { AntiphonError } from '../../../errors.ts';
import type { ChatDelta, ChatRequest, ChatSource } from '../../kinds.ts';
import { estimateTokens } from '../estimate-tokens.ts';
import { unsupported } from '../given-fields.ts';
import type { ProviderClient } from '../http-client.ts';
import { brokenOff, parseJson, unusable } from '../provider-errors.ts';
import { readEvents } from '../read-answer.ts';
import { refuseSchema } from '../refuse-schema.ts';
import { toConversation } from './conversation.ts';

/** The API needs a limit; every model that it still serves can write as much. */
const defaultMaxTokens = 8_192;

const tokens = z.number().nonnegative();

// Pings, thoughts and whatever kinds of events come in later versions are passed over, as the vendor asks.
const eventSchema = z.object({
  type: z.string(),
  message: z.object({ usage: z.object({ input_tokens: tokens, cache_creation_input_tokens: tokens.nullish(), cache_read_input_tokens: tokens.nullish() }).nullish() }).nullish(),
  delta: z.object({ type: z.string().nullish(), text: z.string().nullish(), stop_reason: z.string().nullish() }).nullish(),
  usage: z.object({ output_tokens: tokens.nullish() }).nullish(),
});

type Answer = { text: string; promptTokens: number | undefined; completionTokens: number | undefined; stopReason: string | undefined; isWhole: boolean };

export function createAnthropicChat(client: ProviderClient): (model: string) => ChatSource {
  return (model) => ({
    async *chat(request, signal): AsyncGenerator<ChatDelta, void, undefined> {
      signal.throwIfAborted();
      refuseUnmet(request, client.id);
      const ask = { path: '/messages', body: toBody(model, request), accept: 'text/event-stream', texts: request.messages.map(({ content }) => content) };
      const answer = await client.open(ask, signal).catch((thrown: unknown) => { throw refuseSchema(thrown, request); });
      const told: Answer = { text: '', promptTokens: undefined, completionTokens: undefined, stopReason: undefined, isWhole: false };
      try {
        for await (const { data } of readEvents(answer, client.id)) {
          if (told.isWhole) continue;
          const parsed = eventSchema.safeParse(parseJson(data));
          if (!parsed.success) throw unusable(client.id, 'with an event that cannot be read');
          if (parsed.data.type === 'error') throw answer.fault(data);
          const text = takeEvent(parsed.data, told);
          if (text !== '') yield { type: 'chat.text', text };
          if (told.isWhole) answer.settle();
        }
      } finally {
        answer.close();
      }
      yield toEnd(told, { request, id: client.id });
    },
  });
}

function refuseUnmet({ seed, format }: ChatRequest, id: string): void {
  if (seed !== undefined) throw unsupported('seed', `The provider ${id} does not draw the same answer twice; leave the seed out.`);
  if (format?.type === 'json_object') throw new AntiphonError('schema_unsupported', `The provider ${id} keeps to JSON only by a schema; send one.`, { param: 'response_format' });
}

function toBody(model: string, { messages, maxTokens, temperature, topP, stop, format }: ChatRequest): object {
  const { system, turns } = toConversation(messages);
  return {
    model,
    max_tokens: maxTokens ?? defaultMaxTokens,
    ...(system === undefined ? {} : { system }),
    messages: turns,
    stream: true,
    // Its scale ends at 1, at which it is as free as others are above.
    ...(temperature === undefined ? {} : { temperature: Math.min(1, temperature) }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop_sequences: stop }),
    ...(format?.type === 'json_schema' ? { output_config: { format: { type: 'json_schema', schema: format.schema } } } : {}),
  };
}

/** Notes what the event tells and gives its text. */
function takeEvent({ type, message, delta, usage }: z.infer<typeof eventSchema>, told: Answer): string {
  const spent = message?.usage;
  if (spent !== undefined && spent !== null) told.promptTokens = spent.input_tokens + (spent.cache_creation_input_tokens ?? 0) + (spent.cache_read_input_tokens ?? 0);
  told.completionTokens = usage?.output_tokens ?? told.completionTokens;
  told.stopReason = delta?.stop_reason ?? told.stopReason;
  if (type === 'message_stop') told.isWhole = true;
  if (type !== 'content_block_delta' || delta?.type !== 'text_delta') return '';
  const text = delta.text ?? '';
  told.text += text;
  return text;
}

function toEnd({ text, promptTokens, completionTokens, stopReason, isWhole }: Answer, { request, id }: { readonly request: ChatRequest; readonly id: string }): ChatDelta {
  if (!isWhole) throw brokenOff(id);
  if (stopReason === 'refusal') throw new AntiphonError('provider_rejected', `The provider ${id} declined to answer this conversation.`);
  const finishReason = stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded' ? 'length' : 'stop';
  if (text === '' && finishReason === 'stop' && (request.stop ?? []).length === 0) throw unusable(id, 'with no text at all');
  return {
    type: 'chat.end',
    finishReason,
    usage: {
      promptTokens: promptTokens ?? estimateTokens(request.messages.map(({ content }) => content)),
      completionTokens: completionTokens ?? estimateTokens([text]),
    },
  };
}
