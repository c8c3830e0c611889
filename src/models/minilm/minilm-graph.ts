/**
 * all-MiniLM-L6-v2 as an ONNX graph, from token ids to a vector of length 1: six layers of BERT (Devlin et al., 2018),
 * the mean over all tokens, and its direction, as the reference implementation has it.
 */
import { createGraphBuilder, type GraphBuilder } from '../onnx/graph-builder.ts';
import type { SafetensorsFile } from './safetensors-file.ts';

/** Numbers of a vector. */
export const miniLmWidth = 384;
export const miniLmVocabulary = 30_522;
const layers = 6;
const heads = 12;
const wide = 1536;
const positions = 512;
const epsilon = 1e-12;

type Context = { readonly graph: GraphBuilder; readonly weights: SafetensorsFile };

/** Input: `ids` i64 [1, tokens], `[CLS]` and `[SEP]` included, at most 512. Output: `vector` f32 [1, 384]. Gives the file in parts. */
export async function writeMiniLmGraph(weights: SafetensorsFile, signal: AbortSignal): Promise<readonly Uint8Array[]> {
  const graph = createGraphBuilder('all-minilm-l6-v2');
  const context: Context = { graph, weights };
  graph.writer.input({ name: 'ids', elementType: 'int64', dims: [1, 'tokens'] });
  let state = await embeddings(context);
  for (let layer = 0; layer < layers; layer++) {
    signal.throwIfAborted();
    const name = `encoder.layer.${layer}`;
    state = await normalised(context, sum(graph, state, await attention(context, state, name)), `${name}.attention.output.LayerNorm`);
    state = await normalised(context, sum(graph, state, await feedForward(context, state, name)), `${name}.output.LayerNorm`);
  }
  const mean = graph.apply('ReduceMean', [state, graph.integers(1)], { attributes: { keepdims: { int: 0 } } });
  graph.expose('vector', graph.apply('LpNormalization', [mean], { attributes: { axis: { int: -1 }, p: { int: 2 } } }));
  return graph.writer.modelParts();
}

/** Word, place and kind of text together; the kind is the same for every token here, so it is added to the places. */
async function embeddings({ graph, weights }: Context): Promise<string> {
  const words = graph.constant([miniLmVocabulary, miniLmWidth], await weights.floats('embeddings.word_embeddings.weight', [miniLmVocabulary, miniLmWidth]));
  const places = await weights.floats('embeddings.position_embeddings.weight', [positions, miniLmWidth]);
  const kinds = await weights.floats('embeddings.token_type_embeddings.weight', [2, miniLmWidth]);
  for (let i = 0; i < places.length; i++) places[i] = places[i]! + kinds[i % miniLmWidth]!;
  const length = graph.apply('Shape', ['ids'], { attributes: { start: { int: 1 }, end: { int: 2 } } });
  const place = graph.apply('Slice', [graph.constant([positions, miniLmWidth], places), graph.integers(0), length, graph.integers(0)]);
  return normalised({ graph, weights }, sum(graph, graph.apply('Gather', [words, 'ids']), place), 'embeddings.LayerNorm');
}

async function attention(context: Context, x: string, layer: string): Promise<string> {
  const { graph, weights } = context;
  const names = ['query', 'key', 'value'].map((part) => `${layer}.attention.self.${part}`);
  const matrices = await Promise.all(names.map((name) => weights.floats(`${name}.weight`, [miniLmWidth, miniLmWidth])));
  const biases = await Promise.all(names.map((name) => weights.floats(`${name}.bias`, [miniLmWidth])));
  // One product for all three.
  const projected = product(graph, x, { values: joined(matrices), rows: 3 * miniLmWidth, columns: miniLmWidth, bias: joined(biases) });
  const attended = graph.apply('MultiHeadAttention', graph.split(projected, 3), { contrib: true, attributes: { num_heads: { int: heads } } });
  return linear(context, attended, { name: `${layer}.attention.output.dense`, rows: miniLmWidth, columns: miniLmWidth });
}

async function feedForward(context: Context, x: string, layer: string): Promise<string> {
  const widened = await linear(context, x, { name: `${layer}.intermediate.dense`, rows: wide, columns: miniLmWidth });
  const active = context.graph.apply('Gelu', [widened], { contrib: true });
  return linear(context, active, { name: `${layer}.output.dense`, rows: miniLmWidth, columns: wide });
}

async function linear({ graph, weights }: Context, x: string, { name, rows, columns }: { name: string; rows: number; columns: number }): Promise<string> {
  const values = await weights.floats(`${name}.weight`, [rows, columns]);
  return product(graph, x, { values, rows, columns, bias: await weights.floats(`${name}.bias`, [rows]) });
}

/** `x` [1, n, columns] · valuesᵀ + bias: [1, n, rows]. */
function product(graph: GraphBuilder, x: string, { values, rows, columns, bias }: { values: Float32Array; rows: number; columns: number; bias: Float32Array }): string {
  const multiplied = graph.apply('MatMul', [x, graph.constant([columns, rows], transposed(values, rows, columns))]);
  return graph.apply('Add', [multiplied, graph.constant([rows], bias)]);
}

async function normalised({ graph, weights }: Context, x: string, name: string): Promise<string> {
  const gamma = graph.constant([miniLmWidth], await weights.floats(`${name}.weight`, [miniLmWidth]));
  const beta = graph.constant([miniLmWidth], await weights.floats(`${name}.bias`, [miniLmWidth]));
  return graph.apply('LayerNormalization', [x, gamma, beta], { attributes: { axis: { int: -1 }, epsilon: { float: epsilon } } });
}

function sum(graph: GraphBuilder, one: string, other: string): string {
  return graph.apply('Add', [one, other]);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column]!;
  }
  return turned;
}
