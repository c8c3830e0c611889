/** Finds what else must be handed from the first half of a cut model to the second. */
import { walkBack } from './extract-subgraph.ts';
import type { OnnxModel, OnnxNode } from './read-onnx-model.ts';

export type Crossing = {
  /** Inner tensors, besides the cut ones, that the first half computes and the second needs: speaker embeddings, masks. */
  readonly tensors: readonly string[];
  /** Graph inputs that the second half reads itself, without the first having worked on them. */
  readonly graphInputs: readonly string[];
};

/**
 * For a cut at `cut`, what the second half (from there to `outputs`) needs besides. Constants that both halves use
 * are not listed: each half gets its own copy.
 */
export function crossingTensors(model: OnnxModel, seam: { cut: readonly string[]; outputs: readonly string[] }): Crossing {
  const firstHalf = new Set(walkBack(model, { from: seam.cut, stopAt: new Set() }).nodes);
  const varying = varyingNodes(model);
  const stopAt = new Set(seam.cut);
  const shared = new Set<string>();
  for (const node of firstHalf) {
    if (varying.has(node)) for (const output of node.outputs) if (!stopAt.has(output)) shared.add(output);
  }
  const secondHalf = walkBack(model, { from: seam.outputs, stopAt: new Set([...stopAt, ...shared]) });
  const read = new Set([...secondHalf.nodes.flatMap((node) => [...node.inputs, ...node.captures]), ...seam.outputs]);
  return { tensors: [...shared].filter((name) => read.has(name)), graphInputs: secondHalf.unmade };
}

/** Nodes whose result is not the same at each run: they depend on an input, or draw random numbers. */
function varyingNodes(model: OnnxModel): Set<OnnxNode> {
  const varyingNames = new Set(model.inputs.map((input) => input.name).filter((name) => !model.initializers.has(name)));
  const varying = new Set<OnnxNode>();
  // ONNX demands that nodes come in topological order, so one pass is enough.
  for (const node of model.nodes) {
    const draws = node.opType.startsWith('Random') || node.opType === 'Multinomial' || node.opType === 'Bernoulli';
    if (!draws && ![...node.inputs, ...node.captures].some((name) => varyingNames.has(name))) continue;
    varying.add(node);
    for (const output of node.outputs) varyingNames.add(output);
  }
  return varying;
}
