/** llm.LLMService over the worker's engines: conversations, embeddings, and which models are in memory. */
import type { ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ChatEngine, ChatModelInfo, EmbeddingModelInfo, LoadedChatModel, LoadedEmbeddingModel } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { callerSignal, createSender, failCall, unaryWith } from './grpc-calls.ts';
import {
  fromWireChat, toChatEvent, toEmbedResponse, type ChatEvent, type EmbedRequest, type LanguageModelMessage, type ListLanguageModelsResponse,
  type LoadLanguageModelResponse, type WireChatRequest,
} from './llm-protocol.ts';
import { modelKey, type ModelLease, type Residency } from './residency.ts';

/** An engine as a worker hosts it; `problems` tells which files it cannot use and why. */
export type WorkerChatEngine = ChatEngine & { readonly problems?: () => Promise<readonly { readonly modelId: string; readonly reason: string }[]> };

export type LlmServiceDependencies = {
  readonly chatEngines: readonly WorkerChatEngine[];
  readonly chatModels: Residency<LoadedChatModel>;
  readonly embeddingModels: Residency<LoadedEmbeddingModel>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly log: Logger;
};

export function createLlmService({ chatEngines, chatModels, embeddingModels, now, log }: LlmServiceDependencies): UntypedServiceImplementation {
  const unary = unaryWith(log);

  /** A file that is here and cannot be used is not listed; whoever asks for it by name is told why. */
  async function acquireChatModel(modelId: string, signal: AbortSignal): Promise<ModelLease<LoadedChatModel>> {
    if (!(await hasChatModel(modelId))) {
      const problem = (await problems()).find((one) => [one.modelId, `llama/${one.modelId}`].includes(modelId));
      if (problem !== undefined) throw new AntiphonError('model_file_invalid', `${problem.modelId}: ${problem.reason}`, { param: 'model_id' });
    }
    return chatModels.acquire(modelId, signal);
  }

  async function problems(): Promise<readonly { modelId: string; reason: string }[]> {
    return (await Promise.all(chatEngines.map(async (engine) => (await engine.problems?.()) ?? []))).flat();
  }

  async function chat(call: ServerWritableStream<WireChatRequest, ChatEvent>): Promise<void> {
    const signal = callerSignal(call);
    const send = createSender(call, signal);
    const request = fromWireChat(call.request);
    const { model, release } = await acquireChatModel(namedIn(call.request), signal);
    try {
      for await (const delta of model.chat(request, signal)) await send(toChatEvent(delta));
    } finally {
      release();
    }
  }

  async function embed(request: EmbedRequest, signal: AbortSignal) {
    const { model, release } = await embeddingModels.acquire(namedIn(request), signal);
    try {
      return toEmbedResponse(await model.embed(request.texts, signal));
    } finally {
      release();
    }
  }

  async function hasChatModel(modelId: string): Promise<boolean> {
    const infos = (await Promise.all(chatEngines.map((engine) => engine.listModels()))).flat();
    return infos.some((info) => [modelKey(info), info.id].includes(modelId));
  }

  async function loadModel({ model_id: modelId }: { model_id: string }, signal: AbortSignal): Promise<LoadLanguageModelResponse> {
    const wasLoaded = [...await chatModels.list(), ...await embeddingModels.list()].some((one) => [one.modelId, one.info.id].includes(modelId) && one.loaded !== undefined);
    const startedMs = now();
    const isEmbedding = (await embeddingModels.list()).some((one) => [one.modelId, one.info.id].includes(modelId));
    const { model, release } = isEmbedding ? await embeddingModels.acquire(modelId, signal) : await acquireChatModel(modelId, signal);
    try {
      const loadMs = wasLoaded ? 0 : Math.max(1, Math.round(now() - startedMs));
      await model.warmUp();
      return { load_ms: loadMs, model: toMessage(modelKey(model.info), model.info, model) };
    } finally {
      release();
    }
  }

  return {
    Chat: (call: ServerWritableStream<WireChatRequest, ChatEvent>) => {
      chat(call).then(() => call.end(), (error: unknown) => failCall(call, error, log));
    },
    Embed: unary(embed),
    ListModels: unary(async (): Promise<ListLanguageModelsResponse> => ({
      models: [...await chatModels.list(), ...await embeddingModels.list()].map(({ modelId, info, loaded }) => toMessage(modelId, info, loaded)),
      problems: (await problems()).map(({ modelId, reason }) => `${modelId}: ${reason}`),
    })),
    LoadModel: unary(loadModel),
    UnloadModel: unary(async ({ model_id: modelId }: { model_id: string }) => ({
      success: await (await hasChatModel(modelId) ? chatModels.unload(modelId) : embeddingModels.unload(modelId)),
    })),
  };
}

/** Errors: input_invalid. */
function namedIn({ model_id: modelId }: { model_id: string }): string {
  if (modelId === '') throw new AntiphonError('input_invalid', 'model_id must not be empty.', { param: 'model_id' });
  return modelId;
}

function toMessage(modelId: string, info: ChatModelInfo | EmbeddingModelInfo, loaded: LoadedChatModel | LoadedEmbeddingModel | undefined): LanguageModelMessage {
  const converses = info.engine === 'llama';
  return {
    model_id: modelId,
    engine: info.engine,
    kind: converses ? 'KIND_CHAT' : 'KIND_EMBEDDINGS',
    file_bytes: info.fileBytes,
    parameters: converses ? info.parameters : 0,
    trained_context_tokens: converses ? info.trainedContextTokens : 0,
    dimensions: converses ? 0 : info.dimensions,
    max_tokens: converses ? 0 : info.maxTokens,
    loaded: loaded !== undefined,
    resident_bytes: loaded?.residentBytes ?? 0,
    execution_provider: loaded?.executionProvider ?? '',
  };
}
