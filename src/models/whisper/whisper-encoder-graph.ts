/**
 * Whisper's encoder as an ONNX graph, from samples to what the decoder looks at: the keys and values of every one of
 * its layers' cross-attention. Architecture: Radford et al., "Robust Speech Recognition via Large-Scale Weak
 * Supervision", 2022.
 */
import type { Ctranslate2Model } from './ctranslate2-file.ts';
import { addAndNorm, createGraphBuilder, layerNorm, type GraphBuilder, type Norm } from './graph-builder.ts';
import { fftSize, fourierKernel, hopSamples, melFilters } from './mel-filters.ts';
import { addBlockWeight, productByBlock, productByColumn, readWeight } from './quantised-product.ts';
import type { WhisperSpec } from './whisper-spec.ts';

type Context = { readonly graph: GraphBuilder; readonly model: Ctranslate2Model; readonly spec: WhisperSpec };

/**
 * Input: `samples` f32 [1, frames · 320], mono 16 kHz. Outputs for each decoder layer i: `cross_key_i`
 * [1, heads, width / heads, frames] and `cross_value_i` [1, heads, frames, width / heads]. Gives the file in parts.
 */
export async function writeWhisperEncoder(options: { model: Ctranslate2Model; spec: WhisperSpec; signal: AbortSignal }): Promise<readonly Uint8Array[]> {
  const { spec, model } = options;
  const { width } = spec;
  const graph = createGraphBuilder('whisper-encoder');
  const context: Context = { graph, model, spec };
  graph.writer.input({ name: 'samples', elementType: 'float32', dims: [1, 'samples'] });

  const features = await convolutions(context, logMel(graph, spec.melBins));
  const frames = graph.apply('Shape', [features], { attributes: { start: { int: 1 }, end: { int: 2 } } });
  const table = graph.constant([spec.maxFrames, spec.width], await model.floats('encoder/position_encodings/encodings', spec.maxFrames * spec.width));
  const positions = graph.apply('Slice', [table, graph.integers(0), frames, graph.integers(0)]);

  let sum = graph.apply('Add', [features, positions]);
  let normed = layerNorm(graph, sum, await readNorm(context, 'encoder/layer_0/self_attention/layer_norm'));
  for (let layer = 0; layer < spec.encoderLayers; layer++) {
    options.signal.throwIfAborted();
    const name = `encoder/layer_${layer}`;
    const attended = await selfAttention(context, normed, `${name}/self_attention`);
    ({ normed, sum } = addAndNorm(graph, { x: attended, bias: await model.floats(`${name}/self_attention/linear_1/bias`, width), sum }, await readNorm(context, `${name}/ffn/layer_norm`)));
    const widened = productByColumn(graph, normed, await readWeight(model, `${name}/ffn/linear_0`, { rows: 4 * width, columns: width }), await model.floats(`${name}/ffn/linear_0/bias`, 4 * width));
    // Gelu's few large numbers among many small ones made up three quarters of the error by column.
    const narrowed = productByBlock(graph, gelu(graph, widened), addBlockWeight(graph, await readWeight(model, `${name}/ffn/linear_1`, { rows: width, columns: 4 * width })));
    const next = layer + 1 < spec.encoderLayers ? `encoder/layer_${layer + 1}/self_attention/layer_norm` : 'encoder/layer_norm';
    ({ normed, sum } = addAndNorm(graph, { x: narrowed, bias: await model.floats(`${name}/ffn/linear_1/bias`, width), sum }, await readNorm(context, next)));
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
async function convolutions({ graph, model, spec }: Context, mel: string): Promise<string> {
  let x = mel;
  for (const [name, channels, stride] of [['encoder/conv1', spec.melBins, 1], ['encoder/conv2', spec.width, 2]] as const) {
    const weight = graph.constant([spec.width, channels, 3], await model.floats(`${name}/weight`, spec.width * channels * 3));
    const bias = graph.constant([spec.width], await model.floats(`${name}/bias`, spec.width));
    const attributes = { kernel_shape: { ints: [3] }, pads: { ints: [1, 1] }, strides: { ints: [stride] } };
    x = gelu(graph, graph.apply('Conv', [x, weight, bias], { attributes }));
  }
  return transpose(graph, x, [0, 2, 1]);
}

/** Without the last bias, which is added with the running sum. */
async function selfAttention({ graph, model, spec }: Context, x: string, name: string): Promise<string> {
  const { width } = spec;
  const projected = productByColumn(graph, x, await readWeight(model, `${name}/linear_0`, { rows: 3 * width, columns: width }), await model.floats(`${name}/linear_0/bias`, 3 * width));
  const [query = '', key = '', value = ''] = graph.applyMany('Split', [projected], {
    attributes: { axis: { int: 2 }, num_outputs: { int: 3 } },
    outputs: [true, true, true],
  });
  const attended = graph.apply('MultiHeadAttention', [query, key, value], { contrib: true, attributes: { num_heads: { int: spec.heads } } });
  return productByColumn(graph, attended, await readWeight(model, `${name}/linear_1`, { rows: width, columns: width }));
}

/** One product for all layers: the encoder's result is turned into 8 bits once. */
async function crossKeysAndValues({ graph, model, spec }: Context, x: string): Promise<void> {
  const { width, layers, heads } = spec;
  const weights = new Float32Array(layers * 2 * width * width);
  const biases = new Float32Array(layers * 2 * width);
  for (let layer = 0; layer < layers; layer++) {
    weights.set(await model.floats(`decoder/layer_${layer}/attention/linear_1/weight`, 2 * width * width), layer * 2 * width * width);
    biases.set(await model.floats(`decoder/layer_${layer}/attention/linear_1/bias`, 2 * width), layer * 2 * width);
  }
  const all = productByColumn(graph, x, { values: weights, rows: layers * 2 * width, columns: width }, biases);
  const parts = graph.applyMany('Split', [all], {
    attributes: { axis: { int: 2 }, num_outputs: { int: 2 * layers } },
    outputs: Array.from({ length: 2 * layers }, () => true),
  });
  const byHead = graph.integers(1, -1, heads, width / heads);
  for (const [index, part] of parts.entries()) {
    const split = graph.apply('Reshape', [part, byHead]);
    const layer = Math.floor(index / 2);
    if (index % 2 === 0) graph.expose(`cross_key_${layer}`, transpose(graph, split, [0, 2, 3, 1]));
    else graph.expose(`cross_value_${layer}`, transpose(graph, split, [0, 2, 1, 3]));
  }
}

async function readNorm({ model, spec }: Context, name: string): Promise<Norm> {
  return { gamma: await model.floats(`${name}/gamma`, spec.width), beta: await model.floats(`${name}/beta`, spec.width) };
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
