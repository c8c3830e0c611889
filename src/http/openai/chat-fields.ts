/** What a request for a chat completion may say in OpenAI's API and in Groq's; docs/openai-api.md tells what each field does. */
import { z } from 'zod';
import type { ChatAsk } from '../../language/chat.ts';
import { AntiphonError } from '../../errors.ts';
import { parseBody } from '../validation.ts';
import { openAiChatExtras, groqChatExtras, refuseChatExtras } from './chat-refusals.ts';

export type ChatVendor = 'openai' | 'groq';

export type ParsedChat = Omit<ChatAsk, 'requestId' | 'trace' | 'caller'> & {
  readonly stream: boolean;
  /** A last event of a stream tells what was used. */
  readonly includeUsage: boolean;
};

const mostStops = 4;

/** Kinds of parts besides text are told from what is no part at all, to be refused in words of their own. */
const partSchema = z.looseObject({ type: z.string() });
const contentSchema = z.union([z.string(), z.array(partSchema).min(1)], 'neither a text nor a list of parts');

const messageSchema = z.looseObject({
  role: z.string(),
  content: contentSchema.nullish(),
  name: z.string().nullish(),
});

const formatSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: z.string().regex(/^[\w-]{1,64}$/, 'not a name of letters, digits, _ and - with 64 characters at most'),
      description: z.string().nullish(),
      schema: z.record(z.string(), z.unknown()),
      strict: z.boolean().nullish(),
    }),
  }),
]);

const fields = {
  model: z.string().min(1),
  messages: z.array(messageSchema).min(1, 'at least one message is needed'),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() }).nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(mostStops)], `neither a text nor a list of ${mostStops} texts at most`).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  seed: z.number().int().nullish(),
  response_format: formatSchema.nullish(),
};

const schemas = { openai: z.strictObject({ ...fields, ...openAiChatExtras }), groq: z.strictObject({ ...fields, ...groqChatExtras }) };

type Message = z.infer<typeof messageSchema>;
type Fields = z.infer<z.ZodObject<typeof fields>>;

/** Errors: input_invalid, input_unsupported. */
export function parseChat(body: unknown, vendor: ChatVendor): ParsedChat {
  const given: Fields = parseBody(schemas[vendor], body);
  refuseChatExtras(given, vendor);
  if (given.stream_options !== undefined && given.stream_options !== null && given.stream !== true) {
    throw new AntiphonError('input_invalid', 'stream_options needs stream to be true.', { param: 'stream_options' });
  }
  const messages = given.messages.map(toMessage);
  if (messages.at(-1)!.role === 'assistant') {
    throw new AntiphonError('input_unsupported', 'The last message must not be the assistant\'s: an answer is not continued here, it is written anew.', { param: 'messages' });
  }
  return {
    model: given.model,
    messages,
    ...optional('maxTokens', given.max_completion_tokens ?? given.max_tokens),
    ...optional('temperature', given.temperature),
    ...optional('topP', given.top_p),
    ...optional('seed', given.seed),
    ...optional('stop', given.stop === null || given.stop === undefined ? undefined : [given.stop].flat()),
    ...optional('format', toFormat(given.response_format)),
    stream: given.stream === true,
    includeUsage: given.stream_options?.include_usage === true,
  };
}

function optional<Name extends string, Value>(name: Name, value: Value | null | undefined): { readonly [key in Name]?: Value } {
  return (value === undefined || value === null ? {} : { [name]: value }) as { readonly [key in Name]?: Value };
}

const roles = { system: 'system', developer: 'system', user: 'user', assistant: 'assistant' } as const;

function toMessage(message: Message, index: number): ChatAsk['messages'][number] {
  const at = `messages.${index}`;
  const { role, content } = message;
  if (!isRole(role)) {
    if (role === 'tool' || role === 'function') throw new AntiphonError('input_unsupported', `${at}.role is "${role}", but no tools are called here; leave such messages out.`, { param: `${at}.role` });
    throw new AntiphonError('input_invalid', `${at}.role must be system, developer, user or assistant.`, { param: `${at}.role` });
  }
  const unknown = Object.keys(message).find((name) => !['role', 'content', 'name'].includes(name) && !isNothing(message[name]));
  if (unknown !== undefined) throw new AntiphonError('input_unsupported', `${at}.${unknown} cannot be honoured here: messages are text. Leave it out.`, { param: `${at}.${unknown}` });
  if (content === undefined || content === null) throw new AntiphonError('input_invalid', `${at}.content is required.`, { param: `${at}.content` });
  return { role: roles[role], content: typeof content === 'string' ? content : content.map((part, place) => textOf(part, `${at}.content.${place}`)).join('\n') };
}

function isRole(role: string): role is keyof typeof roles {
  return Object.hasOwn(roles, role);
}

function textOf(part: z.infer<typeof partSchema>, at: string): string {
  if (part.type !== 'text') throw new AntiphonError('input_unsupported', `${at}.type is "${part.type.slice(0, 40)}", but the models here read text only; send parts of type "text".`, { param: `${at}.type` });
  if (typeof part['text'] !== 'string') throw new AntiphonError('input_invalid', `${at}.text is required.`, { param: `${at}.text` });
  return part['text'];
}

/** Clients that send back what they were given fill fields with nothing. */
function isNothing(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

function toFormat(given: Fields['response_format']): ChatAsk['format'] {
  if (given?.type !== 'json_schema') return given === null || given === undefined ? undefined : { type: given.type };
  return { type: 'json_schema', name: given.json_schema.name, schema: given.json_schema.schema };
}
