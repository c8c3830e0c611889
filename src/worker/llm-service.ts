/** llm.LLMService over the worker's engines: conversations, embeddings, and which models are in memory. */
import type { ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { ChatEngine, LoadedChatModel, LoadedEmbeddingModel } from '../engines/kinds.ts';
import { AntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { callerSignal, createSender, failCall, unaryWith } from './grpc-calls.ts';
import {
  fromWireChat, toChatEvent, toEmbedResponse, type ChatEvent, type EmbedRequest, type LanguageModelMessage, type ListLanguageModelsResponse,
  type LoadLanguageModelResponse, type WireChatRequest,
} from './llm-protocol.ts';
import { modelKey, type ModelLease, type Residency, type ResidentModel } from './residency.ts';

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

  async function chat(call: ServerWritableStream<WireChatRequest, ChatEvent>): Promise<void> {
    const signal = callerSignal(call);
    const send = createSender(call, signal);
    const request = fromWireChat(call.request);
    const { model, release } = await chatModels.acquire(namedIn(call.request), signal);
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
    const startedMs = now();
    const [isLoaded, lease, message] = await hasChatModel(modelId)
      ? await acquire(chatModels, modelId, signal, toChatMessage)
      : await acquire(embeddingModels, modelId, signal, toEmbeddingMessage);
    try {
      const loadMs = isLoaded ? 0 : Math.max(1, Math.round(now() - startedMs));
      await lease.model.warmUp();
      return { load_ms: loadMs, model: message };
    } finally {
      lease.release();
    }
  }

  return {
    Chat: (call: ServerWritableStream<WireChatRequest, ChatEvent>) => {
      chat(call).then(() => call.end(), (error: unknown) => failCall(call, error, log));
    },
    Embed: unary(embed),
    ListModels: unary(async (): Promise<ListLanguageModelsResponse> => ({
      models: [...(await chatModels.list()).map(toChatMessage), ...(await embeddingModels.list()).map(toEmbeddingMessage)],
      problems: (await Promise.all(chatEngines.map(async (engine) => (await engine.problems?.()) ?? []))).flat().map(({ modelId, reason }) => `${modelId}: ${reason}`),
    })),
    LoadModel: unary(loadModel),
    UnloadModel: unary(async ({ model_id: modelId }: { model_id: string }) => ({
      success: await (await hasChatModel(modelId) ? chatModels.unload(modelId) : embeddingModels.unload(modelId)),
    })),
  };
}

/** Whether it was in memory, the model, and what the caller is told of it. */
async function acquire<Model extends LoadedChatModel | LoadedEmbeddingModel>(residency: Residency<Model>, modelId: string, signal: AbortSignal, toMessage: (model: ResidentModel<Model>) => LanguageModelMessage): Promise<[boolean, ModelLease<Model>, LanguageModelMessage]> {
  const listed = (await residency.list()).find((one) => [one.modelId, one.info.id].includes(modelId));
  const lease = await residency.acquire(modelId, signal);
  return [listed?.loaded !== undefined, lease, toMessage({ modelId: modelKey(lease.model.info), info: lease.model.info, loaded: lease.model })];
}

/** Errors: input_invalid. */
function namedIn({ model_id: modelId }: { model_id: string }): string {
  if (modelId === '') throw new AntiphonError('input_invalid', 'model_id must not be empty.', { param: 'model_id' });
  return modelId;
}

function toChatMessage({ modelId, info, loaded }: ResidentModel<LoadedChatModel>): LanguageModelMessage {
  return { ...whatAllHave(modelId, info, loaded), kind: 'KIND_CHAT', parameters: info.parameters, trained_context_tokens: info.trainedContextTokens, dimensions: 0, max_tokens: 0 };
}

function toEmbeddingMessage({ modelId, info, loaded }: ResidentModel<LoadedEmbeddingModel>): LanguageModelMessage {
  return { ...whatAllHave(modelId, info, loaded), kind: 'KIND_EMBEDDINGS', parameters: 0, trained_context_tokens: 0, dimensions: info.dimensions, max_tokens: info.maxTokens };
}

function whatAllHave(modelId: string, info: { engine: string; fileBytes: number }, loaded: { residentBytes: number; executionProvider: string } | undefined) {
  return { model_id: modelId, engine: info.engine, file_bytes: info.fileBytes, loaded: loaded !== undefined, resident_bytes: loaded?.residentBytes ?? 0, execution_provider: loaded?.executionProvider ?? '' };
}
