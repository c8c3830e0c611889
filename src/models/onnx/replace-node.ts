/** Graph surgery: puts a small graph in the place of one node. */
import { AntiphonError } from '../../errors.ts';
import type { OnnxModel, OnnxNode } from './read-onnx-model.ts';

/**
 * The model with `replacement`'s nodes where `node` stood; its weights and those of its inputs that the model does
 * not have are added. Tensors connect by name: the replacement must make every output of the node, and names of its
 * own must be new. Build it with createOnnxGraphWriter and readOnnxModel, for the model's opsets.
 * Errors: model_file_invalid where an output would be missing or a name is taken.
 */
export function replaceNode(model: OnnxModel, node: OnnxNode, replacement: OnnxModel): OnnxModel {
  const made = new Set(replacement.nodes.flatMap((part) => part.outputs));
  const missing = node.outputs.find((output) => output !== '' && !made.has(output));
  if (missing !== undefined) throw new AntiphonError('model_file_invalid', `The replacement does not make tensor ${missing}.`);
  const others = model.nodes.filter((other) => other !== node).flatMap((other) => other.outputs);
  const taken = [...others, ...model.initializers.keys()].find((name) => made.has(name) || replacement.initializers.has(name));
  if (taken !== undefined) throw new AntiphonError('model_file_invalid', `The model has a tensor named ${taken} already.`);
  const known = new Set([...others, ...model.initializers.keys(), ...model.inputs.map((input) => input.name), ...node.inputs]);
  return {
    ...model,
    nodes: model.nodes.flatMap((other) => (other === node ? replacement.nodes : [other])),
    initializers: new Map([...model.initializers, ...replacement.initializers]),
    inputs: [...model.inputs, ...replacement.inputs.filter((input) => !known.has(input.name))],
  };
}
