/**
 * A tiny voice with the anatomy of a multi-speaker VITS export (embedding, durations, alignment, decoder with two
 * upsamplings, speaker embedding needed in both halves), written from scratch: tests of cutting and speaking run on
 * it where no real voice is at hand. It babbles, the same way each time.
 */
import { createOnnxGraphWriter } from '../../models/onnx/onnx-graph-writer.ts';
import type { AttributeValue, OnnxGraphWriter } from '../../models/onnx/onnx-graph-writer.ts';

export type SyntheticVoiceOptions = {
  /** 1 leaves the `sid` input out. */
  readonly speakers: number;
  /** False names the decoder's first layer as no VITS does, so that the graph cannot be cut. */
  readonly hasKnownDecoder?: boolean;
};

export const syntheticSampleRateHz = 4000;
const symbols = Array.from('_^$ .,;:!?abcdefghijklmnopqrstuvwxyz0123456789');
const framesPerId = 20;
const channels = 4;

/** The `.onnx` and the `.onnx.json` of the voice. */
export function syntheticVoice(options: SyntheticVoiceOptions): { model: Uint8Array; config: string } {
  const graph = createOnnxGraphWriter({ graphName: 'synthetic', opsets: { '': 17 } });
  const isMulti = options.speakers > 1;
  graph.input({ name: 'input', elementType: 'int64', dims: [1, 'phonemes'] });
  graph.input({ name: 'input_lengths', elementType: 'int64', dims: [1] });
  graph.input({ name: 'scales', elementType: 'float32', dims: [3] });
  if (isMulti) graph.input({ name: 'sid', elementType: 'int64', dims: [1] });
  graph.output({ name: 'output', elementType: 'float32' });
  writeEncoder(graph, options.speakers);
  writeDecoder(graph, { isMulti, prefix: options.hasKnownDecoder === false ? 'other' : 'dec' });
  const config = {
    audio: { sample_rate: syntheticSampleRateHz },
    phoneme_type: 'text',
    phoneme_id_map: Object.fromEntries(symbols.map((symbol, id) => [symbol, [id]])),
    num_symbols: symbols.length,
    num_speakers: options.speakers,
    speaker_id_map: isMulti ? Object.fromEntries(Array.from({ length: options.speakers }, (_, id) => [`s${id}`, id])) : {},
    language: { code: 'en_GB' },
    dataset: 'babble',
  };
  return { model: graph.modelBytes(), config: JSON.stringify(config) };
}

function writeEncoder(graph: OnnxGraphWriter, speakers: number): void {
  const node = nodeIn(graph);
  weights(graph, { name: 'emb', dims: [symbols.length, channels], seed: 1 });
  graph.initializer({ name: 'frames_per_id', dims: [], data: Float32Array.of(framesPerId) });
  for (const [name, value] of [['zero', 0], ['one', 1], ['two', 2], ['minus_one', -1]] as const) {
    graph.initializer({ name, dims: [], data: BigInt64Array.of(BigInt(value)) });
    graph.initializer({ name: `${name}_axis`, dims: [1], data: BigInt64Array.of(BigInt(value)) });
  }
  node('Gather', ['emb', 'input'], 'embedded');
  node('Transpose', ['embedded'], 'text', { perm: { ints: [0, 2, 1] } });
  // Durations as floats, rounded up, as VITS does: frames × length_scale for each id.
  node('Gather', ['scales', 'one'], 'length_scale');
  node('Mul', ['length_scale', 'frames_per_id'], 'frames_each');
  node('Cast', ['input'], 'input_float', { to: { int: 1 } });
  node('Sub', ['input_float', 'input_float'], 'zeros');
  node('Add', ['zeros', 'frames_each'], 'durations');
  node('Ceil', ['durations'], 'w_ceil');
  node('CumSum', ['w_ceil', 'one'], 'ends');
  node('Sub', ['ends', 'w_ceil'], 'starts');
  node('ReduceSum', ['w_ceil'], 'frames_float', { keepdims: { int: 0 } });
  node('Cast', ['frames_float'], 'frames', { to: { int: 7 } });
  node('Range', ['zero', 'frames', 'one'], 'frame_numbers');
  node('Cast', ['frame_numbers'], 'frame_floats', { to: { int: 1 } });
  node('Unsqueeze', ['ends', 'two_axis'], 'ends_column');
  node('Unsqueeze', ['starts', 'two_axis'], 'starts_column');
  node('Less', ['frame_floats', 'ends_column'], 'before_end');
  node('GreaterOrEqual', ['frame_floats', 'starts_column'], 'after_start');
  node('And', ['before_end', 'after_start'], 'alignment_bool');
  node('Cast', ['alignment_bool'], 'alignment', { to: { int: 1 } });
  node('MatMul', ['text', 'alignment'], 'expanded');
  if (speakers === 1) {
    node('Tanh', ['expanded'], 'latent');
    return;
  }
  weights(graph, { name: 'emb_g', dims: [speakers, channels], seed: 2 });
  node('Gather', ['emb_g', 'sid'], 'speaker');
  node('Unsqueeze', ['speaker', 'minus_one_axis'], 'g');
  node('Add', ['expanded', 'g'], 'flow');
  node('Tanh', ['flow'], 'latent');
}

function writeDecoder(graph: OnnxGraphWriter, { isMulti, prefix }: { isMulti: boolean; prefix: string }): void {
  const node = nodeIn(graph);
  weights(graph, { name: `${prefix}.conv_pre.weight`, dims: [8, channels, 7], seed: 3 });
  node('Conv', ['latent', `${prefix}.conv_pre.weight`], 'pre', { pads: { ints: [3, 3] }, kernel_shape: { ints: [7] } });
  if (isMulti) {
    weights(graph, { name: 'cond', dims: [8, channels, 1], seed: 4 });
    node('Conv', ['g', 'cond'], 'conditioning');
    node('Add', ['pre', 'conditioning'], 'entered');
  } else {
    node('Identity', ['pre'], 'entered');
  }
  const upsample = { strides: { ints: [2] }, pads: { ints: [1, 1] }, kernel_shape: { ints: [4] } };
  weights(graph, { name: 'up0', dims: [8, 6, 4], seed: 5 });
  weights(graph, { name: 'res0', dims: [6, 6, 3], seed: 6 });
  weights(graph, { name: 'up1', dims: [6, 4, 4], seed: 7 });
  weights(graph, { name: 'post', dims: [1, 4, 7], seed: 8 });
  node('LeakyRelu', ['entered'], 'entered_active');
  node('ConvTranspose', ['entered_active', 'up0'], 'coarse', upsample);
  node('LeakyRelu', ['coarse'], 'coarse_active');
  node('Conv', ['coarse_active', 'res0'], 'coarse_residual', { pads: { ints: [4, 4] }, dilations: { ints: [4] }, kernel_shape: { ints: [3] } });
  node('Add', ['coarse_residual', 'coarse'], 'coarse_sum');
  node('LeakyRelu', ['coarse_sum'], 'coarse_done');
  node('ConvTranspose', ['coarse_done', 'up1'], 'fine', upsample);
  node('Conv', ['fine', 'post'], 'mono', { pads: { ints: [3, 3] }, kernel_shape: { ints: [7] } });
  node('Tanh', ['mono'], 'samples');
  node('Unsqueeze', ['samples', 'two_axis'], 'output');
}

function nodeIn(graph: OnnxGraphWriter): (opType: string, inputs: readonly string[], output: string, attributes?: Record<string, AttributeValue>) => void {
  return (opType, inputs, output, attributes = {}) => graph.node({ opType, inputs, outputs: [output], attributes });
}

/** Repeatable numbers in ±1 (Lehmer's generator), scaled so that layers keep their level. */
function weights(graph: OnnxGraphWriter, { name, dims, seed }: { name: string; dims: readonly number[]; seed: number }): void {
  const fanIn = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  let state = seed * 7919;
  for (let i = 0; i < data.length; i++) {
    state = (state * 48_271) % 2_147_483_647;
    data[i] = ((state / 2_147_483_647) * 2 - 1) * (dims.length === 2 ? 2 : 2 / Math.sqrt(fanIn));
  }
  graph.initializer({ name, dims, data });
}
