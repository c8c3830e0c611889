/** Runs the two graphs of a Whisper model: sound into what the decoder looks at, and tokens into the next one's odds. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AntiphonError } from '../../errors.ts';
import { readWhisperGraphs, whisperGraphFiles } from '../../models/whisper/convert-whisper.ts';
import type { WhisperSpec } from '../../models/whisper/whisper-spec.ts';
import { createOnnxSession, type OnnxSession, type OnnxSessionOptions, type OnnxTensor } from '../onnx-session.ts';

/** Samples of one frame of the encoder, 20 ms. */
const frameSamples = 320;
/** Far below any score, so that nothing of it is left. */
const masked = -1e9;
/** As they lie in the file, and ordered for the processor. Measured, like the number of results alive at once. */
const copiesOfWeights = 2;
const layerResults = 18;

/** What was heard, as the decoder looks at it. About 24 KB a frame in the base model; left to the garbage collector. */
export type EncodedAudio = {
  /** 20 ms each. */
  readonly frames: number;
  readonly tensors: Readonly<Record<string, OnnxTensor>>;
};

/** The tokens given so far. A state may be continued more than once, each time in another direction. */
export type DecoderState = {
  readonly length: number;
  readonly cache: KeyValueCache;
};

/** Keys and values of each layer, [tokens, width] in one block with room for more. */
type KeyValueCache = {
  readonly blocks: readonly Float32Array[];
  readonly capacity: number;
  /** Tokens written; a state that is shorter must not be continued in here. */
  used: number;
};

export type DecodedTokens = {
  /** [vocabularySize], of the last token given: the odds of what follows, before softmax. */
  readonly logits: Float32Array;
  /** Where asked for: the same after the token at `logitsAt`. */
  readonly firstLogits?: Float32Array;
  /** [alignmentHeads, tokens of this call, frames]: softmax weights. */
  readonly attention: Float32Array;
  readonly state: DecoderState;
};

export type WhisperSessions = {
  readonly spec: WhisperSpec;
  readonly executionProvider: string;
  readonly residentBytes: number;
  /**
   * `samples`: mono 16 kHz, at most `contextFrames` of 20 ms; what is missing is silence. Longer contexts cost more
   * and are what the model was trained on. Errors: engine_failed.
   */
  encode(samples: Float32Array, contextFrames: number): Promise<EncodedAudio>;
  /**
   * Goes on behind `state` (undefined: at the beginning) with one token or more, up to the model's `maxTokens` in
   * all. `logitsAt` is a place among `tokens`. Errors: engine_failed.
   */
  decode(encoded: EncodedAudio, state: DecoderState | undefined, tokens: readonly number[], options?: { readonly logitsAt?: number }): Promise<DecodedTokens>;
  /** Frees native memory. Idempotent. */
  close(): Promise<void>;
};

/** `folder` was written by convertWhisper. Errors: model_file_invalid. */
export async function openWhisperSessions(options: { folder: string; onnx: Omit<OnnxSessionOptions, 'model'> }): Promise<WhisperSessions> {
  const { folder, onnx } = options;
  const { spec } = await readWhisperGraphs(folder);
  const paths = { encoder: join(folder, whisperGraphFiles.encoder), decoder: join(folder, whisperGraphFiles.decoder) };
  const encoder = await openGraph(paths.encoder, onnx);
  const decoder = await openGraph(paths.decoder, onnx).catch(async (thrown: unknown) => {
    await encoder.close();
    throw thrown;
  });
  const fileBytes = (await stat(paths.encoder)).size + (await stat(paths.decoder)).size;
  return {
    spec,
    executionProvider: decoder.executionProvider,
    residentBytes: copiesOfWeights * fileBytes + workingBytes(spec),
    encode: (samples, contextFrames) => encode(encoder, { spec, samples, contextFrames }),
    decode: (encoded, state, tokens, { logitsAt } = {}) => decode(decoder, { spec, encoded, state, tokens, logitsAt }),
    close: async () => {
      await Promise.all([encoder.close(), decoder.close()]);
    },
  };
}

/** The longest audio's keys and values, of which there is a copy in the runtime and one here, and its layers' results. */
function workingBytes({ layers, width, maxFrames }: WhisperSpec): number {
  const resultBytes = maxFrames * width * 4;
  return 2 * (2 * layers * resultBytes) + layerResults * resultBytes;
}

async function openGraph(path: string, onnx: Omit<OnnxSessionOptions, 'model'>): Promise<OnnxSession> {
  const model = await readFile(path).catch((thrown: unknown) => {
    throw new AntiphonError('model_file_invalid', 'A graph of the Whisper model cannot be read; it has to be written anew.', { cause: thrown });
  });
  return createOnnxSession({ ...onnx, model });
}

async function encode(encoder: OnnxSession, call: { spec: WhisperSpec; samples: Float32Array; contextFrames: number }): Promise<EncodedAudio> {
  const { spec, samples, contextFrames } = call;
  if (!Number.isInteger(contextFrames) || contextFrames < 1 || contextFrames > spec.maxFrames || samples.length > contextFrames * frameSamples) {
    throw new AntiphonError('engine_failed', `The context must be 1 to ${spec.maxFrames} frames and hold all the samples.`);
  }
  const padded = new Float32Array(contextFrames * frameSamples);
  padded.set(samples);
  const outputs = await encoder.run({ samples: { type: 'float32', data: padded, dims: [1, padded.length] } });
  const tensors: Record<string, OnnxTensor> = {};
  for (let layer = 0; layer < spec.layers; layer++) {
    for (const name of [`cross_key_${layer}`, `cross_value_${layer}`]) tensors[name] = outputs.get(name, 'float32');
  }
  return { frames: contextFrames, tensors };
}

type DecodeCall = {
  readonly spec: WhisperSpec;
  readonly encoded: EncodedAudio;
  readonly state: DecoderState | undefined;
  readonly tokens: readonly number[];
  readonly logitsAt: number | undefined;
};

async function decode(decoder: OnnxSession, { spec, encoded, state, tokens, logitsAt }: DecodeCall): Promise<DecodedTokens> {
  const past = state?.length ?? 0;
  const total = past + tokens.length;
  if (tokens.length < 1 || total > spec.maxTokens) {
    throw new AntiphonError('engine_failed', `Tokens must be 1 to ${spec.maxTokens}, counted with those given before.`);
  }
  const places = logitsAt === undefined ? [tokens.length - 1] : [logitsAt, tokens.length - 1];
  const feeds: Record<string, OnnxTensor> = {
    ...encoded.tensors,
    tokens: integers(tokens),
    positions: integers(tokens.map((_, i) => past + i)),
    logits_at: integers(places),
    mask: { type: 'float32', data: causalMask(past, tokens.length), dims: [1, 1, tokens.length, total] },
  };
  for (let layer = 0; layer < spec.layers; layer++) {
    for (const [offset, name] of [[0, 'past_key'], [1, 'past_value']] as const) {
      const block = state?.cache.blocks[2 * layer + offset] ?? new Float32Array(0);
      feeds[`${name}_${layer}`] = { type: 'float32', data: block.subarray(0, past * spec.width), dims: [1, past, spec.width] };
    }
  }
  const outputs = await decoder.run(feeds);
  const logits = outputs.get('logits', 'float32').data;
  const next = { length: total, cache: keep(outputs.get('new_keys_values', 'float32').data, { spec, state, total }) };
  return {
    logits: logits.subarray(logits.length - spec.vocabularySize),
    ...(logitsAt === undefined ? {} : { firstLogits: logits.subarray(0, spec.vocabularySize) }),
    attention: outputs.get('attention', 'float32').data,
    state: next,
  };
}

/** Appends the new tokens' keys and values; into a copy, where the room behind the state is taken or too small. */
function keep(added: Float32Array, { spec, state, total }: { spec: WhisperSpec; state: DecoderState | undefined; total: number }): KeyValueCache {
  const past = state?.length ?? 0;
  let cache = state?.cache;
  if (cache === undefined || cache.used !== past || cache.capacity < total) {
    const capacity = Math.min(spec.maxTokens, Math.max(64, 2 * total));
    const blocks = Array.from({ length: 2 * spec.layers }, (_, i) => {
      const block = new Float32Array(capacity * spec.width);
      if (state !== undefined) block.set(state.cache.blocks[i]!.subarray(0, past * spec.width));
      return block;
    });
    cache = { blocks, capacity, used: past };
  }
  const size = (total - past) * spec.width;
  for (const [i, block] of cache.blocks.entries()) block.set(added.subarray(i * size, (i + 1) * size), past * spec.width);
  cache.used = total;
  return cache;
}

/** A token looks at itself and what came before. */
function causalMask(past: number, count: number): Float32Array {
  const total = past + count;
  const mask = new Float32Array(count * total);
  for (let i = 0; i < count; i++) mask.fill(masked, i * total + past + i + 1, (i + 1) * total);
  return mask;
}

function integers(values: readonly number[]): OnnxTensor {
  return { type: 'int64', data: BigInt64Array.from(values, BigInt), dims: [values.length] };
}
