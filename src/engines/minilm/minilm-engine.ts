/**
 * The adapter of all-MiniLM-L6-v2: its weights as they are published become a graph each time they are loaded, which
 * takes half a second and spares the disk a second copy of 90 MB.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AntiphonError } from '../../errors.ts';
import { joinBytes } from '../../models/onnx/protobuf-wire.ts';
import { miniLmVocabulary, miniLmWidth, writeMiniLmGraph } from '../../models/minilm/minilm-graph.ts';
import { openSafetensors } from '../../models/minilm/safetensors-file.ts';
import type { EmbeddingEngine, EmbeddingModelInfo, Embeddings, LoadedEmbeddingModel } from '../kinds.ts';
import { createOnnxSession, type OnnxSession, type OnnxSessionOptions } from '../onnx-session.ts';
import { checkTexts } from './embedding-texts.ts';
import { createWordPieces, type WordPieces } from './word-pieces.ts';

export type MiniLmEngineOptions = {
  readonly modelsDir: string;
  readonly onnx?: Omit<OnnxSessionOptions, 'model'>;
};

const miniLmId = 'all-minilm-l6-v2';
const files = { weights: 'model.safetensors', vocabulary: 'vocab.txt' } as const;
/** As the reference implementation was set up; the model could take 512. */
const maxTokens = 256;
/** What the runtime holds beside the weights. Measured. */
const workingBytes = 110_000_000;

export function createMiniLmEngine({ modelsDir, onnx = {} }: MiniLmEngineOptions): EmbeddingEngine {
  const folder = join(modelsDir, miniLmId);

  async function describe(): Promise<EmbeddingModelInfo | undefined> {
    const sizes = await Promise.all(Object.values(files).map((name) => stat(join(folder, name)).then((file) => (file.isFile() ? file.size : 0), () => 0)));
    if (sizes.includes(0)) return undefined;
    return { id: miniLmId, engine: 'minilm', dimensions: miniLmWidth, maxTokens, fileBytes: sizes.reduce((sum, size) => sum + size, 0) };
  }

  return {
    id: 'minilm',
    listModels: async () => {
      const info = await describe();
      return info === undefined ? [] : [info];
    },
    load: async (modelId, signal) => {
      signal.throwIfAborted();
      if (modelId !== miniLmId) throw new AntiphonError('model_unknown', 'There is no embedding model of that name.', { param: 'model' });
      const info = await describe();
      if (info === undefined) throw new AntiphonError('model_not_ready', `${miniLmId} is not here yet; \`antiphon models pull ${miniLmId}\` fetches it.`, { param: 'model' });
      const pieces = createWordPieces(await readFile(join(folder, files.vocabulary), 'utf8'));
      if (pieces.size !== miniLmVocabulary) throw new AntiphonError('model_file_invalid', `${files.vocabulary} has ${pieces.size} tokens; the model has ${miniLmVocabulary}.`, { param: 'model' });
      const session = await createOnnxSession({ ...onnx, model: await graphOf(join(folder, files.weights), signal) });
      return loaded({ info, pieces, session });
    },
  };
}

async function graphOf(path: string, signal: AbortSignal): Promise<Uint8Array> {
  const weights = await openSafetensors(path);
  try {
    return joinBytes(await writeMiniLmGraph(weights, signal));
  } finally {
    await weights.close();
  }
}

function loaded({ info, pieces, session }: { info: EmbeddingModelInfo; pieces: WordPieces; session: OnnxSession }): LoadedEmbeddingModel {
  async function vectorOf(ids: readonly number[]): Promise<Float32Array> {
    const outputs = await session.run({ ids: { type: 'int64', data: BigInt64Array.from(ids, BigInt), dims: [1, ids.length] } });
    return Float32Array.from(outputs.get('vector', 'float32').data);
  }

  return {
    info,
    residentBytes: info.fileBytes + workingBytes,
    executionProvider: session.executionProvider,
    embed: async (texts, signal): Promise<Embeddings> => {
      signal.throwIfAborted();
      checkTexts(texts);
      const vectors: Float32Array[] = [];
      let tokens = 0;
      // One by one: measured as fast as padded together, and nobody waits for another's long text.
      for (const text of texts) {
        signal.throwIfAborted();
        const ids = pieces.encode(text, maxTokens);
        tokens += ids.length;
        vectors.push(await vectorOf(ids));
        await breathe();
      }
      return { vectors, tokens };
    },
    warmUp: async () => void (await vectorOf(pieces.encode('Hello', maxTokens))),
    close: () => session.close(),
  };
}

/** A turn of the event loop: a long list does not keep its process from answering others. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
