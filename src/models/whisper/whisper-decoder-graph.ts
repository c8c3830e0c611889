/**
 * Whisper's text decoder as an ONNX graph that takes any number of new tokens behind those it was given before.
 * Keys and values of earlier tokens come as inputs and those of the new ones go out; the caller keeps them, so that
 * a step copies what it adds and not what there was.
 */
import type { Ctranslate2Model } from './ctranslate2-file.ts';
import { createGraphBuilder, type GraphBuilder } from '../onnx/graph-builder.ts';
import { addBlockWeight, productByBlock, readWeight, type BlockWeight } from './quantised-product.ts';
import { addOnto, layerNorm, splitInThree, type WhisperGraph } from './whisper-layers.ts';
import type { WhisperSpec } from './whisper-spec.ts';

/**
 * Inputs: `tokens` and their `positions` i64 [n]; `logits_at` i64 [m], places among the n; `mask` f32 [1, 1, n, past + n],
 * 0 where a token may look and a large negative number where not; for each layer i `past_key_i`, `past_value_i`
 * [1, past, width] and the encoder's `cross_key_i`, `cross_value_i`. Outputs: `logits` [1, m, vocabulary];
 * `attention` [1, alignment heads, n, frames]; `new_keys_values` [2 · layers, n, width], a layer's keys before its
 * values. Gives the file in parts.
 */
export async function writeWhisperDecoder(options: { model: Ctranslate2Model; spec: WhisperSpec; signal: AbortSignal }): Promise<readonly Uint8Array[]> {
  const { model, spec } = options;
  const { width } = spec;
  const graph = createGraphBuilder('whisper-decoder');
  const context: WhisperGraph = { graph, model, spec };
  declareInputs(graph, spec);
  const embeddings = addBlockWeight(graph, await readWeight(model, 'decoder/embeddings', { rows: spec.vocabularySize, columns: width }));

  let sum = addOnto(graph, await lookUpPositions(context), lookUp(graph, embeddings));
  let normed = await layerNorm(context, sum, 'decoder/layer_0/self_attention/layer_norm');
  const kept: string[] = [];
  const watched: string[] = [];
  for (let layer = 0; layer < spec.layers; layer++) {
    options.signal.throwIfAborted();
    const name = `decoder/layer_${layer}`;
    const self = await selfAttention(context, normed, layer);
    kept.push(self.key, self.value);
    sum = addOnto(graph, self.x, sum);
    normed = await layerNorm(context, sum, `${name}/attention/layer_norm`);
    const cross = await crossAttention(context, normed, layer);
    watched.push(...cross.watched);
    sum = addOnto(graph, cross.x, sum);
    normed = await layerNorm(context, sum, `${name}/ffn/layer_norm`);
    const widened = graph.apply('Gelu', [await project(context, normed, { name: `${name}/ffn/linear_0`, rows: 4 * width, columns: width })], { contrib: true });
    sum = addOnto(graph, await project(context, widened, { name: `${name}/ffn/linear_1`, rows: width, columns: 4 * width }), sum);
    const next = layer + 1 < spec.layers ? `decoder/layer_${layer + 1}/self_attention/layer_norm` : 'decoder/layer_norm';
    normed = await layerNorm(context, sum, next);
  }
  const chosen = graph.apply('Gather', [normed, 'logits_at'], { attributes: { axis: { int: 1 } } });
  graph.expose('logits', productByBlock(graph, chosen, embeddings));
  graph.expose('attention', graph.apply('Concat', watched, { attributes: { axis: { int: 1 } } }));
  graph.expose('new_keys_values', graph.apply('Concat', kept, { attributes: { axis: { int: 0 } } }));
  return graph.writer.modelParts();
}

function declareInputs({ writer }: GraphBuilder, { layers, heads, width }: WhisperSpec): void {
  writer.input({ name: 'tokens', elementType: 'int64', dims: ['n'] });
  writer.input({ name: 'positions', elementType: 'int64', dims: ['n'] });
  writer.input({ name: 'logits_at', elementType: 'int64', dims: ['m'] });
  writer.input({ name: 'mask', elementType: 'float32', dims: [1, 1, 'n', 'total'] });
  for (let layer = 0; layer < layers; layer++) {
    writer.input({ name: `past_key_${layer}`, elementType: 'float32', dims: [1, 'past', width] });
    writer.input({ name: `past_value_${layer}`, elementType: 'float32', dims: [1, 'past', width] });
    writer.input({ name: `cross_key_${layer}`, elementType: 'float32', dims: [1, heads, width / heads, 'frames'] });
    writer.input({ name: `cross_value_${layer}`, elementType: 'float32', dims: [1, heads, 'frames', width / heads] });
  }
}

async function selfAttention(context: WhisperGraph, x: string, layer: number): Promise<{ readonly x: string; readonly key: string; readonly value: string }> {
  const { graph, spec } = context;
  const name = `decoder/layer_${layer}/self_attention`;
  const projected = await project(context, x, { name: `${name}/linear_0`, rows: 3 * spec.width, columns: spec.width });
  const [query, key, value] = splitInThree(graph, projected);
  const keys = graph.apply('Concat', [`past_key_${layer}`, key], { attributes: { axis: { int: 1 } } });
  const values = graph.apply('Concat', [`past_value_${layer}`, value], { attributes: { axis: { int: 1 } } });
  const attended = graph.apply('MultiHeadAttention', [query, keys, values, '', '', 'mask'], { contrib: true, attributes: { num_heads: { int: spec.heads } } });
  return { x: await project(context, attended, { name: `${name}/linear_1`, rows: spec.width, columns: spec.width }), key, value };
}

/** In single operations, because the weights of some heads are wanted. */
async function crossAttention(context: WhisperGraph, x: string, layer: number): Promise<{ readonly x: string; readonly watched: readonly string[] }> {
  const { graph, spec } = context;
  const name = `decoder/layer_${layer}/attention`;
  const headWidth = spec.width / spec.heads;
  const projected = await project(context, x, { name: `${name}/linear_0`, rows: spec.width, columns: spec.width });
  const scaled = graph.apply('Mul', [projected, graph.constant([], Float32Array.of(headWidth ** -0.5))]);
  const query = byHead(graph, graph.apply('Reshape', [scaled, graph.integers(1, -1, spec.heads, headWidth)]));
  const scores = graph.apply('MatMul', [query, `cross_key_${layer}`]);
  const weights = graph.apply('Softmax', [scores], { attributes: { axis: { int: -1 } } });
  const mixed = byHead(graph, graph.apply('MatMul', [weights, `cross_value_${layer}`]));
  const joined = graph.apply('Reshape', [mixed, graph.integers(1, -1, spec.width)]);
  const heads = spec.alignmentHeads.filter(([of]) => of === layer).map(([, head]) => head);
  const watched = heads.length === 0 ? [] : [graph.apply('Gather', [weights, graph.integers(...heads)], { attributes: { axis: { int: 1 } } })];
  return { x: await project(context, joined, { name: `${name}/linear_2`, rows: spec.width, columns: spec.width }), watched };
}

async function project({ graph, model }: WhisperGraph, x: string, { name, ...size }: { name: string; rows: number; columns: number }): Promise<string> {
  return productByBlock(graph, x, addBlockWeight(graph, await readWeight(model, name, size)), await model.floats(`${name}/bias`, size.rows));
}

/** Swaps tokens and heads; its own inverse. */
function byHead(graph: GraphBuilder, x: string): string {
  return graph.apply('Transpose', [x], { attributes: { perm: { ints: [0, 2, 1, 3] } } });
}

/** The tokens' rows of the same table that the logits are made with, as [1, n, width]. */
function lookUp(graph: GraphBuilder, { values, scales, columns }: BlockWeight): string {
  const rows = graph.apply('Cast', [graph.apply('Gather', [values, 'tokens'])], { attributes: { to: { int: 1 } } });
  const centred = graph.apply('Sub', [rows, graph.constant([], Float32Array.of(128))]);
  const factors = graph.apply('Unsqueeze', [graph.apply('Gather', [scales, 'tokens']), graph.integers(2)]);
  return graph.apply('Reshape', [graph.apply('Mul', [centred, factors]), graph.integers(1, -1, columns)]);
}

async function lookUpPositions({ graph, model, spec }: WhisperGraph): Promise<string> {
  const table = graph.constant([spec.maxTokens, spec.width], await model.floats('decoder/position_encodings/encodings', spec.maxTokens * spec.width));
  return graph.apply('Unsqueeze', [graph.apply('Gather', [table, 'positions']), graph.integers(0)]);
}
