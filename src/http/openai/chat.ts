/** POST /v1/chat/completions as OpenAI documents it (https://platform.openai.com/docs/api-reference/chat), and Groq under its prefix. */
import type { FastifyInstance } from 'fastify';
import { toAntiphonError } from '../../errors.ts';
import type { Chat, ChatAnswer } from '../../language/chat.ts';
import { languageHeaders } from '../language-headers.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { streamReply } from '../stream-reply.ts';
import { parseChat, type ChatVendor } from './chat-fields.ts';
import { chatFailure, toChatEvents } from './chat-events.ts';
import { completionId, toUsage, type CompletionHead } from './chat-shape.ts';

export type ChatRoutesOptions = {
  readonly chat: Chat;
  /** A client that reads nothing for this long is cut off. */
  readonly stallTimeoutMs: number;
  /** Where Groq's clients look, and with what that vendor adds to the bodies. */
  readonly vendor?: ChatVendor;
};

const paths = { openai: '/v1/chat/completions', groq: '/openai/v1/chat/completions' } as const;

/** Errors come in OpenAI's shape, which is Groq's too. */
export function registerChat(app: FastifyInstance, { chat, stallTimeoutMs, vendor = 'openai' }: ChatRoutesOptions): void {
  app.post(paths[vendor], async (request, reply) => {
    const { stream, includeUsage, ...asked } = parseChat(request.body, vendor);
    const answer = await chat({ ...asked, requestId: request.id, trace: traceOf(request), caller: callerOf(request) }, callerSignal(reply));
    const head: CompletionHead = { id: completionId(request.id), created: Math.floor(Date.now() / 1000), model: answer.model };
    const groqId = vendor === 'groq' ? request.id : undefined;
    if (!stream) {
      const whole = await collect(answer, head);
      return reply.headers(languageHeaders(answer)).send({ ...whole, ...(groqId === undefined ? {} : { x_groq: { id: groqId } }) });
    }
    return streamReply({
      reply,
      status: 200,
      headers: { ...languageHeaders(answer), 'content-type': 'text/event-stream' },
      chunks: toChatEvents({ answer, head, includeUsage, groqId }),
      stallTimeoutMs,
      lastWords: (error) => chatFailure(toAntiphonError(error)),
    });
  });
}

async function collect({ deltas }: ChatAnswer, head: CompletionHead) {
  let content = '';
  for await (const delta of deltas) {
    if (delta.type === 'chat.text') {
      content += delta.text;
      continue;
    }
    return {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: delta.finishReason }],
      usage: toUsage(delta.usage),
    };
  }
  throw new Error('An answer ended without saying how.');
}
