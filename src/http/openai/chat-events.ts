/** An answer as it is written, in the chunks of OpenAI's API: the role, the text, how it ended, and `[DONE]`. */
import type { AntiphonError } from '../../errors.ts';
import type { ChatAnswer } from '../../language/chat.ts';
import { toUsage, type CompletionHead } from './chat-shape.ts';
import { toOpenAiError } from './errors.ts';

export type ChatEventsOptions = {
  readonly answer: Pick<ChatAnswer, 'deltas'>;
  readonly head: CompletionHead;
  readonly includeUsage: boolean;
  /** The request's id, where Groq's clients look for one. */
  readonly groqId: string | undefined;
};

type Choice = { readonly delta: { readonly role?: 'assistant'; readonly content?: string }; readonly finish_reason: string | null };

/** Where the usage is asked for, it comes in a chunk of its own without a choice, and the others say `usage: null`. */
export async function* toChatEvents({ answer, head, includeUsage, groqId }: ChatEventsOptions): AsyncGenerator<string> {
  const chunk = (choice: Choice | undefined, more: object = {}): string => event({
    ...head,
    object: 'chat.completion.chunk',
    choices: choice === undefined ? [] : [{ index: 0, logprobs: null, ...choice }],
    ...(includeUsage ? { usage: null } : {}),
    ...more,
  });
  const groq = (more: object = {}): object => (groqId === undefined ? {} : { x_groq: { id: groqId, ...more } });

  try {
    yield chunk({ delta: { role: 'assistant', content: '' }, finish_reason: null }, groq());
    for await (const delta of answer.deltas) {
      if (delta.type === 'chat.text') {
        yield chunk({ delta: { content: delta.text }, finish_reason: null });
        continue;
      }
      const usage = toUsage(delta.usage);
      yield chunk({ delta: {}, finish_reason: delta.finishReason }, groq({ usage }));
      if (includeUsage) yield chunk(undefined, { usage });
    }
    yield 'data: [DONE]\n\n';
  } finally {
    // Where the client left before the first delta was asked for, nothing else would end the work.
    await answer.deltas.return(undefined);
  }
}

/** For a stream that fails half-way; the vendors' own packages throw what it says. */
export function chatFailure(error: AntiphonError): string {
  return event(toOpenAiError(error));
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
