/** proto/llm.proto as TypeScript: its messages typed by hand, and how they stand for the engines' own words. */
import type { ChatDelta, ChatFormat, ChatMessage, ChatRequest, Embeddings } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';

type WireRole = 'ROLE_USER' | 'ROLE_ASSISTANT' | 'ROLE_SYSTEM';
type WireFormat = 'FORMAT_TEXT' | 'FORMAT_JSON_OBJECT' | 'FORMAT_JSON_SCHEMA';
export type WireChatRequest = {
  model_id: string; messages: { role: WireRole; content: string }[]; max_tokens: number; temperature?: number; top_p?: number; seed?: number;
  stop: string[]; format: WireFormat; schema_name: string; schema_json: string;
};
export type ChatEvent = { text: string } | { end: { finish_reason: 'FINISH_REASON_STOP' | 'FINISH_REASON_LENGTH'; prompt_tokens: number; completion_tokens: number } };
export type EmbedRequest = { model_id: string; texts: string[] };
export type EmbedResponse = { vectors: { values: number[] }[]; tokens: number };
export type LanguageModelMessage = {
  model_id: string; engine: string; kind: 'KIND_CHAT' | 'KIND_EMBEDDINGS'; file_bytes: number; parameters: number; trained_context_tokens: number;
  dimensions: number; max_tokens: number; loaded: boolean; resident_bytes: number; execution_provider: string;
};
export type ListLanguageModelsResponse = { models: LanguageModelMessage[]; problems: string[] };
export type LoadLanguageModelResponse = { load_ms: number; model: LanguageModelMessage };

const roles = { user: 'ROLE_USER', assistant: 'ROLE_ASSISTANT', system: 'ROLE_SYSTEM' } as const;
const formats = { text: 'FORMAT_TEXT', json_object: 'FORMAT_JSON_OBJECT', json_schema: 'FORMAT_JSON_SCHEMA' } as const;

export function toWireChat(modelId: string, request: ChatRequest): WireChatRequest {
  const format = request.format ?? { type: 'text' };
  return {
    model_id: modelId,
    messages: request.messages.map(({ role, content }) => ({ role: roles[role], content })),
    max_tokens: request.maxTokens ?? 0,
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { top_p: request.topP }),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    stop: [...(request.stop ?? [])],
    format: formats[format.type],
    schema_name: format.type === 'json_schema' ? format.name : '',
    schema_json: format.type === 'json_schema' ? JSON.stringify(format.schema) : '',
  };
}

/** Errors: input_invalid where the schema is no JSON object. */
export function fromWireChat(message: WireChatRequest): ChatRequest {
  return {
    messages: message.messages.map(({ role, content }): ChatMessage => ({ role: role === 'ROLE_ASSISTANT' ? 'assistant' : role === 'ROLE_SYSTEM' ? 'system' : 'user', content })),
    ...(message.max_tokens === 0 ? {} : { maxTokens: message.max_tokens }),
    ...(message.temperature === undefined ? {} : { temperature: message.temperature }),
    ...(message.top_p === undefined ? {} : { topP: message.top_p }),
    ...(message.seed === undefined ? {} : { seed: message.seed }),
    ...(message.stop.length === 0 ? {} : { stop: message.stop }),
    format: formatOf(message),
  };
}

function formatOf({ format, schema_name: name, schema_json: json }: WireChatRequest): ChatFormat {
  if (format === 'FORMAT_TEXT') return { type: 'text' };
  if (format === 'FORMAT_JSON_OBJECT') return { type: 'json_object' };
  const schema = parseObject(json);
  if (schema === undefined) throw new AntiphonError('input_invalid', 'schema_json must be a JSON object.', { param: 'schema_json' });
  return { type: 'json_schema', name, schema };
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

export function toChatEvent(delta: ChatDelta): ChatEvent {
  if (delta.type === 'chat.text') return { text: delta.text };
  const { finishReason, usage } = delta;
  return { end: { finish_reason: finishReason === 'length' ? 'FINISH_REASON_LENGTH' : 'FINISH_REASON_STOP', prompt_tokens: usage.promptTokens, completion_tokens: usage.completionTokens } };
}

export function fromChatEvent(event: ChatEvent): ChatDelta {
  if (!('end' in event)) return { type: 'chat.text', text: event.text };
  const { finish_reason: reason, prompt_tokens: promptTokens, completion_tokens: completionTokens } = event.end;
  return { type: 'chat.end', finishReason: reason === 'FINISH_REASON_LENGTH' ? 'length' : 'stop', usage: { promptTokens, completionTokens } };
}

export function toEmbedResponse({ vectors, tokens }: Embeddings): EmbedResponse {
  return { vectors: vectors.map((vector) => ({ values: [...vector] })), tokens };
}

export function fromEmbedResponse({ vectors, tokens }: EmbedResponse): Embeddings {
  return { vectors: vectors.map(({ values }) => Float32Array.from(values)), tokens };
}
