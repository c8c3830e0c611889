/** What the encoder and the decoder of Whisper are both made of. */
import type { Ctranslate2Model } from './ctranslate2-file.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { WhisperSpec } from './whisper-spec.ts';

export type WhisperGraph = { readonly graph: GraphBuilder; readonly model: Ctranslate2Model; readonly spec: WhisperSpec };

/** Added to the variance, as in training. */
const layerNormEpsilon = 1e-5;

/** `x` [1, n, width] normalised with the weights `name`/gamma and beta. Errors: model_file_invalid. */
export async function layerNorm({ graph, model, spec }: WhisperGraph, x: string, name: string): Promise<string> {
  const gamma = graph.constant([spec.width], await model.floats(`${name}/gamma`, spec.width));
  const beta = graph.constant([spec.width], await model.floats(`${name}/beta`, spec.width));
  return graph.apply('LayerNormalization', [x, gamma, beta], { attributes: { axis: { int: -1 }, epsilon: { float: layerNormEpsilon } } });
}

/**
 * A part's result onto the running sum. As `Sum`, because the runtime makes one operator of an `Add` and the
 * normalisation behind it, which takes five times as long as the two.
 */
export function addOnto(graph: GraphBuilder, x: string, sum: string): string {
  return graph.apply('Sum', [sum, x]);
}

/** Queries, keys and values in one tensor [1, n, 3 · width] to one each. */
export function splitInThree(graph: GraphBuilder, x: string): readonly [query: string, key: string, value: string] {
  const [query = '', key = '', value = ''] = graph.split(x, 3);
  return [query, key, value];
}
