/** The worker's client in the place of an engine, so that it can be held to the same kit. */
import type { ChatEngine, ChatModelInfo, EmbeddingEngine, EmbeddingModelInfo } from '../engines/kinds.ts';
import type { WorkerClient } from './client.ts';
import type { LanguageModelMessage } from './llm-protocol.ts';

const idOf = ({ model_id: modelId }: LanguageModelMessage): string => modelId.split('/')[1]!;

export function chatEngineOf(client: WorkerClient): ChatEngine {
  const toInfo = (model: LanguageModelMessage): ChatModelInfo => ({ id: idOf(model), engine: 'llama', parameters: model.parameters, trainedContextTokens: model.trained_context_tokens, fileBytes: model.file_bytes });
  return {
    id: 'llama',
    listModels: async () => (await client.listLanguageModels()).models.filter(({ kind }) => kind === 'KIND_CHAT').map(toInfo),
    load: async (id, signal) => {
      signal.throwIfAborted();
      const { model } = await client.loadLanguageModel(`llama/${id}`);
      return {
        info: toInfo(model),
        residentBytes: model.resident_bytes,
        executionProvider: model.execution_provider,
        chat: (request, caller) => client.chat({ ...request, modelId: model.model_id }, caller),
        warmUp: async () => void (await client.loadLanguageModel(model.model_id)),
        close: async () => client.unloadLanguageModel(model.model_id),
      };
    },
  };
}

export function embeddingEngineOf(client: WorkerClient): EmbeddingEngine {
  const toInfo = (model: LanguageModelMessage): EmbeddingModelInfo => ({ id: idOf(model), engine: 'minilm', dimensions: model.dimensions, maxTokens: model.max_tokens, fileBytes: model.file_bytes });
  return {
    id: 'minilm',
    listModels: async () => (await client.listLanguageModels()).models.filter(({ kind }) => kind === 'KIND_EMBEDDINGS').map(toInfo),
    load: async (id, signal) => {
      signal.throwIfAborted();
      const { model } = await client.loadLanguageModel(`minilm/${id}`);
      return {
        info: toInfo(model),
        residentBytes: model.resident_bytes,
        executionProvider: model.execution_provider,
        embed: (texts, caller) => client.embed({ modelId: model.model_id, texts }, caller),
        warmUp: async () => void (await client.loadLanguageModel(model.model_id)),
        close: async () => client.unloadLanguageModel(model.model_id),
      };
    },
  };
}
