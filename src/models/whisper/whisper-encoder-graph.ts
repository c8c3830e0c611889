/**
 * Whisper's encoder as an ONNX graph, from samples to what the decoder looks at: the keys and values of every one of
 * its layers' cross-attention. Architecture: Radford et al., "Robust Speech Recognition via Large-Scale Weak
 * Supervision", 2022.
 */
import type { Ctranslate2Model } from './ctranslate2-file.ts';
import { createGraphBuilder, type GraphBuilder } from '../onnx/graph-builder.ts';
import { fftSize, fourierKernel, hopSamples, melFilters } from './mel-filters.ts';
import { bySize, columnsInOrder, rowsInOrder } from './order-by-size.ts';
import { productByColumn, productBySize, readWeight } from './quantised-product.ts';
import { addOnto, layerNorm, splitInThree, type WhisperGraph } from './whisper-layers.ts';
import type { WhisperSpec } from './whisper-spec.ts';

/**
 * Input: `samples` f32 [1, frames · 320], mono 16 kHz. Outputs for each decoder layer i: `cross_key_i`
 * [1, heads, width / heads, frames] and `cross_value_i` [1, heads, frames, width / heads]. Gives the file in parts.
 */
export async function writeWhisperEncoder(options: { model: Ctranslate2Model; spec: WhisperSpec; signal: AbortSignal }): Promise<readonly Uint8Array[]> {
  const { spec, model } = options;
  const { width } = spec;
  const graph = createGraphBuilder('whisper-encoder');
  const context: WhisperGraph = { graph, model, spec };
  graph.writer.input({ name: 'samples', elementType: 'float32', dims: [1, 'samples'] });

  const features = await convolutions(context, logMel(graph, spec.melBins));
  const frames = graph.apply('Shape', [features], { attributes: { start: { int: 1 }, end: { int: 2 } } });
  const table = graph.constant([spec.maxFrames, width], await model.floats('encoder/position_encodings/encodings', spec.maxFrames * width));
  const positions = graph.apply('Slice', [table, graph.integers(0), frames, graph.integers(0)]);

  let sum = addOnto(graph, positions, features);
  let normed = await layerNorm(context, sum, 'encoder/layer_0/self_attention/layer_norm');
  for (let layer = 0; layer < spec.encoderLayers; layer++) {
    options.signal.throwIfAborted();
    const name = `encoder/layer_${layer}`;
    sum = addOnto(graph, await selfAttention(context, normed, `${name}/self_attention`), sum);
    normed = await layerNorm(context, sum, `${name}/ffn/layer_norm`);
    sum = addOnto(graph, await feedForward(context, normed, `${name}/ffn`), sum);
    const next = layer + 1 < spec.encoderLayers ? `encoder/layer_${layer + 1}/self_attention/layer_norm` : 'encoder/layer_norm';
    normed = await layerNorm(context, sum, next);
  }
  await crossKeysAndValues(context, normed);
  return graph.writer.modelParts();
}

/** [1, samples] to [1, melBins, 2 · frames]: log10 of mel power, at most 8 below the loudest, scaled to about ±1. */
function logMel(graph: GraphBuilder, melBins: number): string {
  const kernel = fourierKernel();
  const half = fftSize / 2;
  const wave = graph.apply('Reshape', ['samples', graph.integers(1, 1, -1)]);
  // Analyses are centred on their time; the last one, centred on the end, is not wanted.
  const padded = graph.apply('Pad', [wave, graph.integers(0, 0, half, 0, 0, half - hopSamples)], { attributes: { mode: { string: 'reflect' } } });
  const spectrum = graph.apply('Conv', [padded, graph.constant([kernel.rows, 1, fftSize], kernel.data)], {
    attributes: { kernel_shape: { ints: [fftSize] }, strides: { ints: [hopSamples] } },
  });
  const power = graph.apply('Mul', [spectrum, spectrum]);
  const mel = graph.apply('MatMul', [graph.constant([melBins, kernel.rows], melFilters(melBins)), power]);
  const floor = graph.apply('Max', [mel, scalar(graph, 1e-10)]);
  const logs = graph.apply('Mul', [graph.apply('Log', [floor]), scalar(graph, 1 / Math.LN10)]);
  const loudest = graph.apply('ReduceMax', [logs]);
  const limited = graph.apply('Max', [logs, graph.apply('Sub', [loudest, scalar(graph, 8)])]);
  return graph.apply('Mul', [graph.apply('Add', [limited, scalar(graph, 4)]), scalar(graph, 0.25)]);
}

/** [1, melBins, 2 · frames] to [1, frames, width]. */
async function convolutions({ graph, model, spec }: WhisperGraph, mel: string): Promise<string> {
  let x = mel;
  for (const [name, channels, stride] of [['encoder/conv1', spec.melBins, 1], ['encoder/conv2', spec.width, 2]] as const) {
    const weight = graph.constant([spec.width, channels, 3], await model.floats(`${name}/weight`, spec.width * channels * 3));
    const bias = graph.constant([spec.width], await model.floats(`${name}/bias`, spec.width));
    const attributes = { kernel_shape: { ints: [3] }, pads: { ints: [1, 1] }, strides: { ints: [stride] } };
    x = gelu(graph, graph.apply('Conv', [x, weight, bias], { attributes }));
  }
  return transpose(graph, x, [0, 2, 1]);
}

async function selfAttention(context: WhisperGraph, x: string, name: string): Promise<string> {
  const { graph, spec } = context;
  const projected = await project(context, x, { name: `${name}/linear_0`, rows: 3 * spec.width, columns: spec.width });
  const attended = graph.apply('MultiHeadAttention', splitInThree(graph, projected), { contrib: true, attributes: { num_heads: { int: spec.heads } } });
  return project(context, attended, { name: `${name}/linear_1`, rows: spec.width, columns: spec.width });
}

async function feedForward(context: WhisperGraph, x: string, name: string): Promise<string> {
  const { graph, model, spec } = context;
  const [narrow, wide] = [spec.width, 4 * spec.width];
  const inner = { weight: await readWeight(model, `${name}/linear_0`, { rows: wide, columns: narrow }), bias: await model.floats(`${name}/linear_0/bias`, wide) };
  const order = bySize(inner, { gamma: await model.floats(`${name}/layer_norm/gamma`, narrow), beta: await model.floats(`${name}/layer_norm/beta`, narrow) });
  const sorted = rowsInOrder(inner, order);
  const outer = columnsInOrder(await readWeight(model, `${name}/linear_1`, { rows: narrow, columns: wide }), order);
  const widened = gelu(graph, productByColumn(graph, x, sorted.weight, sorted.bias));
  return productBySize(graph, widened, outer, await model.floats(`${name}/linear_1/bias`, narrow));
}

async function project({ graph, model }: WhisperGraph, x: string, { name, ...size }: { name: string; rows: number; columns: number }): Promise<string> {
  return productByColumn(graph, x, await readWeight(model, name, size), await model.floats(`${name}/bias`, size.rows));
}

/** One product for all layers: the encoder's result is turned into 8 bits once. */
async function crossKeysAndValues({ graph, model, spec }: WhisperGraph, x: string): Promise<void> {
  const { width, layers, heads } = spec;
  const weights = new Float32Array(layers * 2 * width * width);
  const biases = new Float32Array(layers * 2 * width);
  for (let layer = 0; layer < layers; layer++) {
    weights.set(await model.floats(`decoder/layer_${layer}/attention/linear_1/weight`, 2 * width * width), layer * 2 * width * width);
    biases.set(await model.floats(`decoder/layer_${layer}/attention/linear_1/bias`, 2 * width), layer * 2 * width);
  }
  const all = productByColumn(graph, x, { values: weights, rows: layers * 2 * width, columns: width }, biases);
  const byHead = graph.integers(1, -1, heads, width / heads);
  for (const [index, part] of graph.split(all, 2 * layers).entries()) {
    const split = graph.apply('Reshape', [part, byHead]);
    const layer = Math.floor(index / 2);
    if (index % 2 === 0) graph.expose(`cross_key_${layer}`, transpose(graph, split, [0, 2, 3, 1]));
    else graph.expose(`cross_value_${layer}`, transpose(graph, split, [0, 2, 1, 3]));
  }
}

function gelu(graph: GraphBuilder, x: string): string {
  return graph.apply('Gelu', [x], { contrib: true });
}

function transpose(graph: GraphBuilder, x: string, order: readonly number[]): string {
  return graph.apply('Transpose', [x], { attributes: { perm: { ints: order } } });
}

function scalar(graph: GraphBuilder, value: number): string {
  return graph.constant([], Float32Array.of(value));
}
