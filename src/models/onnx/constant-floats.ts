/** Reads weights that a graph keeps in Constant nodes. */
import { AntiphonError } from '../../errors.ts';
import { textOf, wireFields } from './protobuf-wire.ts';
import type { OnnxModel } from './read-onnx-model.ts';

/**
 * The values of the one constant whose name ends in `suffix`: exporters put paths before it. Errors:
 * model_file_invalid where it is missing, no float32 or not of `length`.
 */
export function constantFloats(model: OnnxModel, suffix: string, length: number): Float32Array {
  const nodes = model.nodes.filter(({ opType, outputs }) => opType === 'Constant' && outputs[0]?.endsWith(suffix) === true);
  for (const { bytes } of nodes.length === 1 ? nodes : []) {
    const values = tensorOf(bytes);
    if (values?.length === length) return values;
  }
  throw new AntiphonError('model_file_invalid', `The model lacks the weights ${suffix}, or has them in another shape.`);
}

/** NodeProto: attribute 5; AttributeProto: name 1, t 5; TensorProto: data_type 2 (1 is FLOAT), raw_data 9. */
function tensorOf(node: Uint8Array): Float32Array | undefined {
  for (const attribute of wireFields(node)) {
    if (attribute.field !== 5) continue;
    const parts = [...wireFields(attribute.bytes)];
    const tensor = parts.find(({ field }) => field === 5);
    if (tensor === undefined || !parts.some((part) => part.field === 1 && textOf(part) === 'value')) continue;
    const fields = [...wireFields(tensor.bytes)];
    const raw = fields.find(({ field }) => field === 9)?.bytes;
    if (fields.find(({ field }) => field === 2)?.varint !== 1 || raw === undefined) return undefined;
    // A copy, since floats must begin at a multiple of four.
    return new Float32Array(Uint8Array.from(raw).buffer);
  }
  return undefined;
}
