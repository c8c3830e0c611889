/**
 * Silero's network as a graph that takes many frames at once. The file's own takes one, and most of its time goes into
 * being called; of the network only the last part remembers anything, so what comes before runs on all frames together,
 * and the part that remembers runs over them in order, inside one operator. Convolutions over the four moments of a
 * frame are written as products of matrices, which take all frames as rows. Measured on one core: 110 µs a frame by the
 * file's graph, 22 by this one at 31 frames a time.
 */
import { constantFloats } from '../onnx/constant-floats.ts';
import { createGraphBuilder, type GraphBuilder } from '../onnx/graph-builder.ts';
import { readOnnxModel, type OnnxModel } from '../onnx/read-onnx-model.ts';

/** What the network hears at once: 64 samples of what was before, and 512 new ones. */
export const sileroFrameSamples = 576;
/** Numbers of its memory, [2, 1, 128]. */
export const sileroState = { dims: [2, 1, 128], size: 256 } as const;

const width = 128;
const bins = 129;
const windowSamples = 256;
const hopSamples = 128;
/** Behind a frame, mirrored, so that the last analysis is whole. */
const paddedSamples = 64;
const hops = (sileroFrameSamples + paddedSamples) / hopSamples;
/** Analyses of a frame. */
const moments = hops - 1;

/**
 * `file`: silero-vad-16k.onnx, version 5 or 6. Inputs of the result: `frames` f32 [n, 576] and `state` f32 [2, 1, 128];
 * outputs: `probabilities` [n] and `next_state`. Errors: model_file_invalid.
 */
export function writeSileroSequence(file: Uint8Array): Uint8Array {
  const model = readOnnxModel(file);
  const graph = createGraphBuilder('silero-sequence');
  graph.writer.input({ name: 'frames', elementType: 'float32', dims: ['n', sileroFrameSamples] });
  graph.writer.input({ name: 'state', elementType: 'float32', dims: [...sileroState.dims] });
  const heard = remember(graph, model, features(graph, model));
  const weight = graph.constant([width, 1], constantFloats(model, 'decoder.decoder.2.weight', width));
  const score = graph.apply('Add', [graph.apply('MatMul', [graph.apply('Relu', [heard]), weight]), graph.constant([1], constantFloats(model, 'decoder.decoder.2.bias', 1))]);
  graph.expose('probabilities', graph.apply('Reshape', [graph.apply('Sigmoid', [score]), graph.integers(-1)]));
  return graph.writer.modelBytes();
}

/** What is heard in each frame: [n, 576] to a sequence [n, 1, 128]. */
function features(graph: GraphBuilder, model: OnnxModel): string {
  const layer = (x: string, { index, of, channels, taps }: { index: number; of: number; channels: number; taps: readonly number[] }): string => {
    const name = `encoder.${index}.reparam_conv`;
    const weight = graph.constant([taps.length * of, channels], byTap(constantFloats(model, `${name}.weight`, channels * of * 3), { channels, of, taps }));
    const bias = graph.constant([channels], constantFloats(model, `${name}.bias`, channels));
    return graph.apply('Relu', [graph.apply('Add', [graph.apply('MatMul', [x, weight]), bias])]);
  };
  const padded = (x: string): string => graph.apply('Pad', [x, graph.integers(0, 1, 0, 0, 1, 0)]);
  const rows = (x: string, from: number, to: number): string => graph.apply('Slice', [x, graph.integers(from), graph.integers(to), graph.integers(1)]);
  const all = [0, 1, 2];

  const magnitudes = padded(spectrum(graph, model));
  const first = padded(layer(joined(graph, all.map((tap) => rows(magnitudes, tap, tap + moments)), 2), { index: 0, of: bins, channels: 128, taps: all }));
  // By steps of two: from the moment before the first, and from the one after it.
  const two = joined(graph, [0, 2].map((from) => graph.apply('Reshape', [rows(first, from, from + 3), graph.integers(-1, 1, 3 * 128)])), 1);
  const second = layer(two, { index: 1, of: 128, channels: 64, taps: all });
  // Two moments are left and then one; the taps beside them meet nothing.
  const third = layer(graph.apply('Reshape', [second, graph.integers(-1, 2 * 64)]), { index: 2, of: 64, channels: 64, taps: [1, 2] });
  const fourth = layer(third, { index: 3, of: 64, channels: width, taps: [1] });
  return graph.apply('Reshape', [fourth, graph.integers(-1, 1, width)]);
}

/** [n, 576] to magnitudes [n, 4, 129]. */
function spectrum(graph: GraphBuilder, model: OnnxModel): string {
  const padded = graph.apply('Pad', ['frames', graph.integers(0, 0, 0, paddedSamples)], { attributes: { mode: { string: 'reflect' } } });
  const byHop = graph.apply('Reshape', [padded, graph.integers(-1, hops, hopSamples)]);
  const halves = [0, 1].map((from) => graph.apply('Slice', [byHop, graph.integers(from), graph.integers(from + moments), graph.integers(1)]));
  const basis = constantFloats(model, 'stft.forward_basis_buffer', 2 * bins * windowSamples);
  const both = graph.apply('MatMul', [joined(graph, halves, 2), graph.constant([windowSamples, 2 * bins], byTap(basis, { channels: 2 * bins, of: windowSamples, taps: [0] }))]);
  const [real = '', imaginary = ''] = graph.split(graph.apply('Mul', [both, both]), 2);
  return graph.apply('Sqrt', [graph.apply('Add', [real, imaginary])]);
}

function joined(graph: GraphBuilder, parts: readonly string[], axis: number): string {
  return graph.apply('Concat', parts, { attributes: { axis: { int: axis } } });
}

/** A convolution's weights [channels, of, taps] as a matrix [chosen taps · of, channels]. */
function byTap(values: Float32Array, { channels, of, taps }: { channels: number; of: number; taps: readonly number[] }): Float32Array {
  const tapCount = values.length / (channels * of);
  return Float32Array.from({ length: taps.length * of * channels }, (_, at) => {
    const [row, channel] = [Math.floor(at / channels), at % channels];
    return values[(channel * of + (row % of)) * tapCount + taps[Math.floor(row / of)]!]!;
  });
}

/** The LSTM over [n, 1, 128], from `state`; exposes where it came to. */
function remember({ writer, ...graph }: GraphBuilder, model: OnnxModel, x: string): string {
  const gates = (name: string, columns: number): Float32Array => inOnnxOrder(constantFloats(model, `decoder.rnn.${name}`, 4 * width * columns), columns);
  const weights = ['weight_ih', 'weight_hh'].map((name) => graph.constant([1, 4 * width, width], gates(name, width)));
  const biases = graph.constant([1, 8 * width], Float32Array.from([...gates('bias_ih', 1), ...gates('bias_hh', 1)]));
  const part = (index: number): string => graph.apply('Slice', ['state', graph.integers(index), graph.integers(index + 1), graph.integers(0)]);
  const [all, hidden, cell] = ['all_hidden', 'last_hidden', 'last_cell'];
  writer.node({ opType: 'LSTM', inputs: [x, ...weights, biases, '', part(0), part(1)], outputs: [all, hidden, cell], attributes: { hidden_size: { int: width } } });
  graph.expose('next_state', graph.apply('Concat', [hidden, cell], { attributes: { axis: { int: 0 } } }));
  return all;
}

/** PyTorch has the gates as input, forget, cell, output; ONNX as input, output, forget, cell. */
function inOnnxOrder(values: Float32Array, columns: number): Float32Array {
  const size = width * columns;
  const gate = (index: number): Float32Array => values.subarray(index * size, (index + 1) * size);
  return Float32Array.from([0, 3, 1, 2].flatMap((index) => [...gate(index)]));
}
