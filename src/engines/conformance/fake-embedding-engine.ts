/** An engine of embeddings without a model, for tests of what lies above engines: letters counted, to length 1. */
import { AntiphonError } from '../../errors.ts';
import type { EmbeddingEngine, EmbeddingModelInfo, LoadedEmbeddingModel } from '../kinds.ts';
import { checkTexts } from '../minilm/embedding-texts.ts';

export type FakeEmbeddingEngineOptions = {
  readonly damagedModelIds?: readonly string[];
  /** Thrown for a list of texts, where it gives something. */
  readonly fail?: (texts: readonly string[]) => AntiphonError | undefined;
};

const dimensions = 32;
const maxTokens = 64;

export function createFakeEmbeddingEngine({ damagedModelIds = [], fail }: FakeEmbeddingEngineOptions = {}): EmbeddingEngine {
  const infos = ['fake', ...damagedModelIds].map((id): EmbeddingModelInfo => ({ id, engine: 'minilm', dimensions, maxTokens, fileBytes: 1 }));

  function loaded(info: EmbeddingModelInfo): LoadedEmbeddingModel {
    const closing = new AbortController();
    return {
      info,
      residentBytes: 1_000,
      executionProvider: 'cpu',
      embed: async (texts, signal) => {
        signal.throwIfAborted();
        closing.signal.throwIfAborted();
        checkTexts(texts);
        const failure = fail?.(texts);
        if (failure) throw failure;
        const words = texts.map((text) => text.trim().split(/\s+/u).slice(0, maxTokens));
        const vectors: Float32Array[] = [];
        for (const some of words) {
          await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
          vectors.push(vectorOf(some.join(' ')));
        }
        return { vectors, tokens: words.reduce((sum, some) => sum + some.length, 0) };
      },
      warmUp: async () => closing.signal.throwIfAborted(),
      close: async () => closing.abort(new AntiphonError('engine_failed', 'The model was unloaded.')),
    };
  }

  return {
    id: 'minilm',
    listModels: async () => infos,
    load: async (modelId, signal) => {
      signal.throwIfAborted();
      const info = infos.find(({ id }) => id === modelId);
      if (info === undefined) throw new AntiphonError('model_unknown', 'The fake engine has no model of that name.', { param: 'model' });
      if (damagedModelIds.includes(modelId)) throw new AntiphonError('model_file_invalid', 'The fake model is scripted as damaged.', { param: 'model' });
      return loaded(info);
    },
  };
}

function vectorOf(text: string): Float32Array {
  const counts = new Float32Array(dimensions);
  for (const letter of text) counts[letter.codePointAt(0)! % dimensions]! += 1;
  const length = Math.hypot(...counts);
  return counts.map((count) => count / length);
}
