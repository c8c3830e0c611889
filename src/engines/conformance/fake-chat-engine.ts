/**
 * An engine that converses without a model, for tests of what lies above engines: it says words that follow from the
 * seed and the last message, and its steps, delays, failures and other words follow a script. It passes the same kit
 * as the real one.
 */
import { systemClock, type Clock } from '../../clock.ts';
import { AntiphonError } from '../../errors.ts';
import type { ChatDelta, ChatEngine, ChatModelInfo, ChatRequest, LoadedChatModel } from '../kinds.ts';
import { createAnswerText } from '../llama/answer-text.ts';
import { checkChatRequest } from '../llama/chat-request.ts';
import { schemaGrammar } from '../llama/json-grammar.ts';
import type { FakeEvent } from './fake-speech-engine.ts';

export type FakeChatEngineOptions = {
  /** Default ['fake']. */
  readonly modelIds?: readonly string[];
  /** Listed, and refused at loading with model_file_invalid. Default none. */
  readonly damagedModelIds?: readonly string[];
  readonly parameters?: number;
  /** Default 512; a word is a token. */
  readonly contextTokens?: number;
  readonly residentBytes?: number;
  /** The tokens of an answer, instead of words by the seed. */
  readonly say?: (request: ChatRequest) => readonly string[];
  /** Before the token of that index; −1: while the prompt is processed. */
  readonly script?: (step: { readonly request: ChatRequest; readonly index: number }) => FakeEvent | undefined;
  /** Virtual in tests of timing. Default: the system's. */
  readonly clock?: Pick<Clock, 'sleep'>;
};

export type FakeChatEngine = ChatEngine & {
  /** Tokens begun in all models so far. */
  readonly stepsBegun: () => number;
};

const vocabulary = ['dogs', 'cats', 'run', 'sleep', 'often', 'here', 'now', 'and', 'then', 'well'];
const usualLength = 20;

export function createFakeChatEngine(options: FakeChatEngineOptions = {}): FakeChatEngine {
  const { modelIds = ['fake'], damagedModelIds = [], parameters = 0, contextTokens = 512, residentBytes = 1_000_000, clock = systemClock } = options;
  let steps = 0;
  const infos = [...modelIds, ...damagedModelIds].map((id): ChatModelInfo => ({ id, engine: 'llama', parameters, trainedContextTokens: contextTokens, fileBytes: 1 }));

  async function perform(request: ChatRequest, index: number, signal: AbortSignal): Promise<void> {
    const event = options.script?.({ request, index });
    if (event?.delayMs !== undefined) await clock.sleep(event.delayMs, signal);
    signal.throwIfAborted();
    if (event?.failure !== undefined) throw event.failure;
  }

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatDelta> {
    signal.throwIfAborted();
    checkChatRequest(request);
    if (request.format?.type === 'json_schema') schemaGrammar(request.format.schema);
    const promptTokens = request.messages.reduce((sum, { content }) => sum + content.trim().split(/\s+/u).length + 3, 0);
    if (promptTokens >= contextTokens) throw new AntiphonError('context_too_long', `The conversation has ${promptTokens} tokens; the fake holds ${contextTokens}.`, { param: 'messages' });
    // A prompt takes a turn of the event loop for each hundred tokens.
    for (let done = 0; done < promptTokens; done += 100) await new Promise((resolve) => setImmediate(resolve));
    await perform(request, -1, signal);
    const tokens = (options.say ?? tokensOf)(request);
    const text = createAnswerText<string>({ stop: request.stop ?? [], detokenize: (some) => some.join('') });
    const most = Math.min(request.maxTokens ?? Infinity, contextTokens - promptTokens, tokens.length);
    let completionTokens = 0;
    for (; completionTokens < most && !text.stopped(); completionTokens++) {
      await perform(request, completionTokens, signal);
      steps++;
      const piece = text.push(tokens[completionTokens]!);
      if (piece !== '') yield { type: 'chat.text', text: piece };
      signal.throwIfAborted();
    }
    const rest = text.finish();
    if (rest !== '') yield { type: 'chat.text', text: rest };
    yield { type: 'chat.end', finishReason: text.stopped() || most === tokens.length ? 'stop' : 'length', usage: { promptTokens, completionTokens } };
  }

  function loaded(info: ChatModelInfo): LoadedChatModel {
    const closing = new AbortController();
    return {
      info,
      residentBytes,
      executionProvider: 'cpu',
      chat: async function* chatWhileOpen(request, signal) {
        closing.signal.throwIfAborted();
        signal.throwIfAborted();
        for await (const delta of chat(request, signal)) {
          yield delta;
          signal.throwIfAborted();
          closing.signal.throwIfAborted();
        }
      },
      warmUp: async () => closing.signal.throwIfAborted(),
      close: async () => closing.abort(new AntiphonError('engine_failed', 'The model was unloaded.')),
    };
  }

  return {
    id: 'llama',
    listModels: async () => infos,
    stepsBegun: () => steps,
    load: async (modelId, signal) => {
      signal.throwIfAborted();
      const info = infos.find(({ id }) => id === modelId);
      if (info === undefined) throw new AntiphonError('model_unknown', 'The fake engine has no model of that name.', { param: 'model' });
      if (damagedModelIds.includes(modelId)) throw new AntiphonError('model_file_invalid', 'The fake model is scripted as damaged.', { param: 'model' });
      return loaded(info);
    },
  };
}

function tokensOf(request: ChatRequest): readonly string[] {
  if (request.format?.type === 'json_object') return ['{', '"say":', '"well"', '}'];
  if (request.format?.type === 'json_schema') return [JSON.stringify(instanceOf(request.format.schema))];
  let state = (request.seed ?? 0) * 7919 + request.messages.at(-1)!.content.length;
  return Array.from({ length: request.maxTokens === undefined ? usualLength : request.maxTokens + 1 }, (_, index) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return `${index === 0 ? '' : ' '}${vocabulary[state % vocabulary.length]}${index}`;
  });
}

/** Some value that a plain schema allows. */
function instanceOf(schema: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if (schema['type'] === 'object') return Object.fromEntries(Object.entries(schema['properties'] ?? {}).map(([name, property]) => [name, instanceOf(property as Record<string, unknown>)]));
  return { integer: schema['minimum'] ?? 0, number: 0, boolean: true, array: [], null: null }[String(schema['type'])] ?? 'text';
}
