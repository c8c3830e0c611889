/** Makes inner tensors of a model visible as outputs, without touching the weights. */
import { AntiphonError } from '../../errors.ts';
import type { OnnxElementType } from './onnx-element-type.ts';
import type { OnnxModel } from './read-onnx-model.ts';
import { valueInfo } from './write-onnx-model.ts';

export type ExposedTensor = {
  readonly name: string;
  /** Left out, the runtime infers it. */
  readonly elementType?: OnnxElementType;
};

/**
 * The model with one more graph output, an inner tensor; unchanged when it already is one. Write it with
 * writeOnnxModel. Errors: model_file_invalid where no node makes a tensor of that name.
 */
export function exposeTensor(model: OnnxModel, tensor: ExposedTensor): OnnxModel {
  if (model.outputs.some((output) => output.name === tensor.name)) return model;
  if (!model.nodes.some((node) => node.outputs.includes(tensor.name))) {
    throw new AntiphonError('model_file_invalid', `The model has no tensor named ${tensor.name}.`);
  }
  const annotated = model.values.get(tensor.name);
  const elementType = tensor.elementType ?? annotated?.elementType;
  const output = { name: tensor.name, elementType, dims: undefined, bytes: valueInfo({ name: tensor.name, elementType }) };
  const values = new Map(model.values);
  // Only one description may exist; the exporter's shape could contradict what the runtime infers.
  values.delete(tensor.name);
  return { ...model, values, outputs: [...model.outputs, output] };
}
