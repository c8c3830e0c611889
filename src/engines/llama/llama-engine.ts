/** The adapter of llama.cpp: any GGUF model with a chat template, as it is published or dropped into a folder. */
import { stat } from 'node:fs/promises';
import type { LlamaContext, LlamaModel } from 'node-llama-cpp';
import { AntiphonError } from '../../errors.ts';
import type { ChatEngine, ChatModelInfo, LoadedChatModel } from '../kinds.ts';
import { readLlamaCatalog, type LlamaDirectories, type LlamaFile, type LlamaProblem } from './llama-catalog.ts';
import { createLlamaModel } from './llama-model.ts';
import { openLlama, type LlamaRuntime } from './llama-runtime.ts';

export type LlamaEngineOptions = LlamaDirectories & {
  readonly threads: number;
  /** Tokens of one conversation, answers included; less where the model was trained on less. */
  readonly contextTokens: number;
  /** Remembered at once; fewer where memory does not suffice for so many. */
  readonly conversations: number;
  /** Bytes that could be had now; tests give their own. */
  readonly freeMemoryBytes?: () => number;
};

export interface LlamaEngine extends ChatEngine {
  /** Files that are there and cannot be used, and why. */
  problems(): Promise<readonly LlamaProblem[]>;
}

/** What llama.cpp takes beside the weights and what it remembers. Measured: 100 MB with a batch of 512. */
const workingBytes = 128 * 1024 * 1024;
/** Left to everybody else. */
const reserveBytes = 128 * 1024 * 1024;
/** Where a file does not say what it was trained on. */
const usualContextTokens = 2048;

export function createLlamaEngine(options: LlamaEngineOptions): LlamaEngine {
  const { threads, conversations, freeMemoryBytes = () => process.availableMemory() } = options;

  async function load(modelId: string, signal: AbortSignal): Promise<LoadedChatModel> {
    signal.throwIfAborted();
    const { models, problems } = await readLlamaCatalog(options);
    const file = models.find(({ info }) => info.id === modelId);
    if (file === undefined) throw unusable(modelId, problems);
    const contextTokens = Math.min(options.contextTokens, file.info.trainedContextTokens || usualContextTokens);
    const remembered = conversationsThatFit(file, { contextTokens, conversations, freeBytes: freeMemoryBytes() - reserveBytes }, models);
    const residentBytes = bytesNeeded(file, contextTokens, remembered);
    const runtime = await openLlama(threads);
    const { model, context } = await open(runtime, file, { contextTokens, conversations: remembered, threads }, signal);
    return createLlamaModel({ file, runtime, model, context, contextTokens, residentBytes });
  }

  return {
    id: 'llama',
    listModels: async () => (await readLlamaCatalog(options)).models.map(({ info }) => info),
    problems: async () => (await readLlamaCatalog(options)).problems,
    load,
  };
}

type Sizes = { readonly contextTokens: number; readonly conversations: number; readonly threads: number };

async function open({ llama, complaint }: LlamaRuntime, file: LlamaFile, { contextTokens, conversations, threads }: Sizes, signal: AbortSignal): Promise<{ model: LlamaModel; context: LlamaContext }> {
  let model: LlamaModel | undefined;
  try {
    // Memory was looked at before; the library's own look counts what the system could give back as taken.
    model = await llama.loadModel({ modelPath: file.path, loadSignal: signal, ignoreMemorySafetyChecks: true });
    const context = await model.createContext({ contextSize: contextTokens, sequences: conversations, threads, batchSize: 512, createSignal: signal, ignoreMemorySafetyChecks: true, failedCreationRemedy: false });
    return { model, context };
  } catch (thrown) {
    await model?.dispose();
    signal.throwIfAborted();
    if (thrown instanceof AntiphonError) throw thrown;
    const { size } = await stat(file.path).catch(() => ({ size: 0 }));
    const changed = size === file.info.fileBytes ? 'llama.cpp cannot load it: it may be damaged, or of a kind that this version does not know.' : 'The file changed while it was loaded.';
    throw new AntiphonError('model_file_invalid', `${file.info.id}: ${changed}`, { param: 'model', cause: new Error(complaint(), { cause: thrown }) });
  }
}

/** Weights, what is remembered of every conversation, and working memory. */
function bytesNeeded({ info, header }: LlamaFile, contextTokens: number, conversations: number): number {
  return info.fileBytes + header.bytesPerToken * contextTokens * conversations + workingBytes;
}

/** Errors: model_not_ready where the memory that is free does not suffice for one. */
function conversationsThatFit(file: LlamaFile, { contextTokens, conversations, freeBytes }: { contextTokens: number; conversations: number; freeBytes: number }, models: readonly LlamaFile[]): number {
  for (let count = conversations; count > 0; count--) {
    if (bytesNeeded(file, contextTokens, count) <= freeBytes) return count;
  }
  const { info } = file;
  const smaller = models.map((model) => model.info).filter((other) => other.fileBytes < info.fileBytes).toSorted((one, other) => other.fileBytes - one.fileBytes);
  throw new AntiphonError('model_not_ready', `${info.id} needs ${gigabytes(bytesNeeded(file, contextTokens, 1))} of memory and ${gigabytes(Math.max(0, freeBytes))} can be had. ${adviceOf(smaller)}`, { param: 'model' });
}

function adviceOf([smaller]: readonly ChatModelInfo[]): string {
  return smaller === undefined ? 'Set language.contextTokens lower, or fetch a smaller model: `antiphon models list` says which fit.' : `${smaller.id} is smaller and here.`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function unusable(modelId: string, problems: readonly LlamaProblem[]): AntiphonError {
  const problem = problems.find((candidate) => candidate.modelId === modelId);
  if (problem === undefined) return new AntiphonError('model_unknown', 'There is no language model of that name.', { param: 'model' });
  return new AntiphonError('model_file_invalid', `${modelId}: ${problem.reason}`, { param: 'model' });
}
