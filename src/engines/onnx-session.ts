/**
 * One onnxruntime-node session with the settings that suit a worker: one thread, no spinning pools, one run at a
 * time. `run` blocks the event loop of its process while it computes; that is intended, a worker process performs
 * one inference at a time and throughput comes from more workers.
 */
import { InferenceSession, Tensor, listSupportedBackends } from 'onnxruntime-node';
import { AntiphonError } from '../errors.ts';

export type OnnxTensor =
  | { readonly type: 'float32'; readonly data: Float32Array; readonly dims: readonly number[] }
  | { readonly type: 'int64'; readonly data: BigInt64Array; readonly dims: readonly number[] }
  | { readonly type: 'int32'; readonly data: Int32Array; readonly dims: readonly number[] }
  | { readonly type: 'int8'; readonly data: Int8Array; readonly dims: readonly number[] }
  | { readonly type: 'uint8'; readonly data: Uint8Array; readonly dims: readonly number[] }
  | { readonly type: 'bool'; readonly data: Uint8Array; readonly dims: readonly number[] }
  /** Half floats as their 16 bits. */
  | { readonly type: 'float16'; readonly data: Uint16Array; readonly dims: readonly number[] };

export type OnnxTensorType = OnnxTensor['type'];

/** A provider that was wanted and could not be used, and why, in the runtime's words (for the log). */
export type ProviderFallback = { readonly provider: string; readonly reason: string };

export type OnnxSessionOptions = {
  /** The model file's bytes. The runtime copies what it needs; drop them afterwards. */
  readonly model: Uint8Array;
  /** Wanted providers, best first: ['cuda', 'cpu']. The CPU is always the last resort. Default ['cpu']. */
  readonly executionProviders?: readonly string[];
  /** Threads inside one operator, 1 or more. Default 1. */
  readonly threads?: number;
  readonly onProviderFallback?: (fallback: ProviderFallback) => void;
};

export type OnnxSession = {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The provider that the session was created with: `cpu`, `cuda`, `webgpu` … */
  readonly executionProvider: string;
  /**
   * Computes `outputs` (default: all). Runs of one session queue up. Errors: engine_failed, also after close.
   */
  run(feeds: Readonly<Record<string, OnnxTensor>>, outputs?: readonly string[]): Promise<OnnxOutputs>;
  /** Waits for the runs already asked for, then frees native memory. Idempotent. */
  close(): Promise<void>;
};

export type OnnxOutputs = {
  /** A named output of the expected type. Errors: engine_failed where it is missing or of another type. */
  get<Type extends OnnxTensorType>(name: string, type: Type): Extract<OnnxTensor, { readonly type: Type }>;
};

/**
 * Execution providers that this build of the runtime knows, `cpu` last. Whether a graphics card and its libraries
 * are really there shows only when a session is created.
 */
export function availableExecutionProviders(): readonly string[] {
  const names = listSupportedBackends().map((backend) => backend.name);
  return [...names.filter((name) => name !== 'cpu'), 'cpu'];
}

/** Loads a model. Errors: model_file_invalid where the runtime cannot read it even on the CPU. */
export async function createOnnxSession(options: OnnxSessionOptions): Promise<OnnxSession> {
  const wanted = [...(options.executionProviders ?? []).filter((provider) => provider !== 'cpu'), 'cpu'];
  const available = availableExecutionProviders();
  for (const provider of wanted) {
    if (provider !== 'cpu' && !available.includes(provider)) {
      options.onProviderFallback?.({ provider, reason: 'This build of the runtime does not have it.' });
      continue;
    }
    try {
      return ownSession(await InferenceSession.create(options.model, sessionOptions(provider, options.threads ?? 1)), provider);
    } catch (thrown) {
      if (provider === 'cpu') throw new AntiphonError('model_file_invalid', 'The model file is damaged or is not a model that the runtime can read.', { cause: thrown });
      options.onProviderFallback?.({ provider, reason: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  }
  throw new AntiphonError('internal', 'No execution provider was tried.');
}

function sessionOptions(provider: string, threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Plans of buffers are made per input shape; speech never has the same shape twice, so they only cost: measured
    // on Piper's decoder 7 % of the time and 60 MB.
    enableMemPattern: false,
    // Its warnings are about exporters' habits; failures arrive as exceptions.
    logSeverityLevel: 4,
    // Threads that spin while they wait make everything on shared cores several times slower.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

function ownSession(session: InferenceSession, executionProvider: string): OnnxSession {
  let closing: Promise<void> | undefined;
  let lastRun: Promise<unknown> = Promise.resolve();

  async function runNow(feeds: Readonly<Record<string, OnnxTensor>>, outputs: readonly string[] | undefined): Promise<OnnxOutputs> {
    try {
      const native: Record<string, Tensor> = {};
      for (const [name, tensor] of Object.entries(feeds)) native[name] = new Tensor(tensor.type, tensor.data, tensor.dims);
      const results = await (outputs === undefined ? session.run(native) : session.run(native, outputs));
      return readOutputs(results);
    } catch (thrown) {
      throw new AntiphonError('engine_failed', 'The model failed while it computed.', { cause: thrown });
    }
  }

  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    executionProvider,
    async run(feeds, outputs) {
      if (closing !== undefined) throw new AntiphonError('engine_failed', 'The model was unloaded.');
      const run = lastRun.then(() => runNow(feeds, outputs));
      lastRun = run.catch(() => undefined);
      return run;
    },
    close() {
      closing ??= lastRun.then(() => session.release());
      return closing;
    },
  };
}

function readOutputs(results: InferenceSession.ReturnType): OnnxOutputs {
  return {
    get(name, type) {
      const tensor = results[name];
      if (!(tensor instanceof Tensor) || !isOfType(tensor, type)) {
        throw new AntiphonError('engine_failed', `The model did not give output ${name} as ${type}.`);
      }
      return tensor;
    },
  };
}

/** The runtime pairs each type with its array class, so the name settles the class of `data` too. */
function isOfType<Type extends OnnxTensorType>(tensor: Tensor, type: Type): tensor is Tensor & Extract<OnnxTensor, { readonly type: Type }> {
  return tensor.type === type;
}
