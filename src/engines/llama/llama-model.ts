/** A GGUF model in memory: conversations in, their continuation out. */
import { randomInt } from 'node:crypto';
import type { LlamaContext, LlamaGrammarEvaluationState, LlamaModel, Token } from 'node-llama-cpp';
import { AntiphonError } from '../../errors.ts';
import type { ChatDelta, ChatRequest, LoadedChatModel } from '../kinds.ts';
import { createAnswerText } from './answer-text.ts';
import { checkChatRequest } from './chat-request.ts';
import { createConversations, type Sampling } from './conversations.ts';
import { anyObjectGrammar, schemaGrammar } from './json-grammar.ts';
import type { LlamaFile } from './llama-catalog.ts';
import type { LlamaRuntime } from './llama-runtime.ts';
import { createToPrompt } from './prompt.ts';

export type LlamaModelOptions = {
  readonly file: LlamaFile;
  readonly runtime: LlamaRuntime;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly contextTokens: number;
  readonly residentBytes: number;
};

/** As most models are served; a file may name its own. */
const defaultTemperature = 0.7;
const defaultTopP = 0.95;

export function createLlamaModel({ file, runtime, model, context, contextTokens, residentBytes }: LlamaModelOptions): LoadedChatModel {
  const toPrompt = createToPrompt(runtime.library, model, file.header.chatTemplate);
  const conversations = createConversations(model, context);
  const closing = new AbortController();
  let closed: Promise<void> | undefined;

  async function* chat(request: ChatRequest, caller: AbortSignal): AsyncGenerator<ChatDelta> {
    caller.throwIfAborted();
    closing.signal.throwIfAborted();
    checkChatRequest(request);
    try {
      yield* answer(request, AbortSignal.any([caller, closing.signal]));
    } catch (thrown) {
      caller.throwIfAborted();
      if (thrown instanceof AntiphonError) throw thrown;
      throw new AntiphonError('engine_failed', 'The language model could not go on; the log has the cause.', { cause: thrown });
    }
  }

  async function* answer(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatDelta> {
    const prompt = toPrompt(request.messages);
    if (prompt.length >= contextTokens) throw tooLong(prompt.length, contextTokens);
    const sampling = samplingOf(request, file, await grammarOf(request, runtime, model));
    const most = Math.min(request.maxTokens ?? Infinity, contextTokens - prompt.length);
    const text = createAnswerText<Token>({ stop: request.stop ?? [], detokenize: (tokens, before) => model.detokenize(tokens, false, before) });
    let completionTokens = 0;
    for await (const token of raced(conversations.follow(prompt, { sampling, reproducible: request.seed !== undefined }, signal), signal)) {
      completionTokens++;
      const piece = text.push(token);
      if (piece !== '') yield { type: 'chat.text', text: piece };
      if (text.stopped() || completionTokens >= most) break;
    }
    const rest = text.finish();
    if (rest !== '') yield { type: 'chat.text', text: rest };
    const finishReason = completionTokens >= most && !text.stopped() ? 'length' : 'stop';
    yield { type: 'chat.end', finishReason, usage: { promptTokens: prompt.length, completionTokens } };
  }

  async function close(): Promise<void> {
    closing.abort(new AntiphonError('engine_failed', 'The model was unloaded.'));
    await conversations.idle();
    await context.dispose();
    await model.dispose();
  }

  return {
    info: file.info,
    residentBytes,
    executionProvider: 'cpu',
    chat,
    warmUp: async () => {
      for await (const delta of chat({ messages: [{ role: 'user', content: 'Hello' }], maxTokens: 1, temperature: 0 }, new AbortController().signal)) void delta;
    },
    close: () => (closed ??= close()),
  };
}

function samplingOf({ temperature, topP, seed }: ChatRequest, { header: { sampling } }: LlamaFile, grammar: LlamaGrammarEvaluationState | undefined): Sampling {
  return {
    temperature: temperature ?? sampling.temperature ?? defaultTemperature,
    topP: topP ?? sampling.topP ?? defaultTopP,
    seed: seed ?? randomInt(2 ** 31),
    ...(grammar === undefined ? {} : { grammar }),
  };
}

/** Errors: schema_unsupported. */
async function grammarOf({ format }: ChatRequest, { llama, library }: LlamaRuntime, model: LlamaModel): Promise<LlamaGrammarEvaluationState | undefined> {
  if (format === undefined || format.type === 'text') return undefined;
  const text = format.type === 'json_object' ? anyObjectGrammar() : schemaGrammar(format.schema);
  try {
    return new library.LlamaGrammarEvaluationState({ model, grammar: await llama.createGrammar({ grammar: text }) });
  } catch (cause) {
    throw new AntiphonError('schema_unsupported', 'schema is too large or too deep to be enforced; make it smaller.', { param: 'schema', cause });
  }
}

function tooLong(promptTokens: number, contextTokens: number): AntiphonError {
  return new AntiphonError('context_too_long', `The conversation has ${promptTokens} tokens; the model holds ${contextTokens}, its answer included. Leave out what was said first.`, { param: 'messages' });
}

/** Rejects at once when the signal is aborted, while the step that is under way ends behind its back. */
async function* raced<Item>(items: AsyncGenerator<Item, void>, signal: AbortSignal): AsyncGenerator<Item> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const step = await Promise.race([items.next(), aborted]);
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    void items.return().catch(() => undefined);
  }
}
