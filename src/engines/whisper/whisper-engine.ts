/** The Whisper adapter: folders as faster-whisper has them, turned into graphs at their first use, run with onnxruntime. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AntiphonError } from '../../errors.ts';
import type { TranscriptionEngine } from '../kinds.ts';
import { availableExecutionProviders } from '../onnx-session.ts';
import type { OnnxSessionOptions } from '../onnx-session.ts';
import { prepareGraphs } from './prepare-graphs.ts';
import { readWhisperCatalog } from './whisper-catalog.ts';
import type { WhisperFolder, WhisperProblem } from './whisper-catalog.ts';
import { createWhisperModel } from './whisper-model.ts';
import { openWhisperSessions } from './whisper-sessions.ts';
import type { WhisperSessions } from './whisper-sessions.ts';
import { readWhisperTokenizer, timestampsPerSecond } from './whisper-tokenizer.ts';
import type { WhisperTokenizer } from './whisper-tokenizer.ts';

export type WhisperEngineOptions = {
  /** Searched for folders with model.bin, config.json and tokenizer.json, anew at each listing. */
  readonly modelDirs: readonly string[];
  /** Where the graphs are kept, a folder a model, half as large as its model.bin. */
  readonly graphsDir: string;
  readonly onnx?: Omit<OnnxSessionOptions, 'model'>;
};

export interface WhisperEngine extends TranscriptionEngine {
  /** Models that are there and cannot be used, and why; looks at the directories like listModels. */
  problems(): Promise<readonly WhisperProblem[]>;
}

export function createWhisperEngine({ modelDirs, graphsDir, onnx = {} }: WhisperEngineOptions): WhisperEngine {
  return {
    id: 'whisper',
    executionProviders: availableExecutionProviders(),
    listModels: async () => (await readWhisperCatalog(modelDirs)).models.map(({ info }) => info),
    problems: async () => (await readWhisperCatalog(modelDirs)).problems,
    async load(modelId, signal) {
      signal.throwIfAborted();
      const { models, problems } = await readWhisperCatalog(modelDirs);
      const model = models.find(({ info }) => info.id === modelId);
      if (model === undefined) throw unusable(modelId, problems);
      const tokenizer = await readTokenizer(model, signal);
      const folder = await prepareGraphs({ folder: model.path, graphsDir, id: modelId }, signal);
      signal.throwIfAborted();
      const sessions = await openWhisperSessions({ folder, onnx });
      try {
        signal.throwIfAborted();
        checkVocabulary(tokenizer, sessions);
      } catch (thrown) {
        await sessions.close();
        throw thrown;
      }
      return createWhisperModel({ info: model.info, sessions, tokenizer });
    },
  };
}

function unusable(modelId: string, problems: readonly WhisperProblem[]): AntiphonError {
  const problem = problems.find((candidate) => candidate.modelId === modelId);
  if (problem === undefined) return new AntiphonError('model_unknown', 'There is no Whisper model of that name.', { param: 'model' });
  return new AntiphonError('model_file_invalid', problem.reason, { param: 'model' });
}

async function readTokenizer({ path, vocabulary, info }: WhisperFolder, signal: AbortSignal): Promise<WhisperTokenizer> {
  const text = await readFile(join(path, vocabulary), { encoding: 'utf8', signal }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    throw new AntiphonError('model_file_invalid', `The model's ${vocabulary} cannot be read.`, { cause: thrown });
  });
  const tokenizer = readWhisperTokenizer({ kind: vocabulary, text });
  if (info.languages.length > 1 && info.languages.some((code) => !tokenizer.languages.has(code))) {
    throw new AntiphonError('model_file_invalid', `The model's ${vocabulary} lacks languages that its config.json has.`);
  }
  return tokenizer;
}

/** Timestamps of half a minute are the last tokens of every model. */
function checkVocabulary({ special }: WhisperTokenizer, { spec }: WhisperSessions): void {
  if (spec.vocabularySize > special.timestampBegin + 30 * timestampsPerSecond) return;
  throw new AntiphonError('model_file_invalid', 'The vocabulary belongs to another model: it has more tokens than model.bin.');
}
