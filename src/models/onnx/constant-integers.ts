/** Reads small integer constants (axes, sizes) that a graph keeps as initialisers or in Constant nodes. */
import { int64Values, textOf, wireFields } from './protobuf-wire.ts';
import type { OnnxModel } from './read-onnx-model.ts';

/** The int64 values of tensor `name`, or undefined where it is not a constant of that type. */
export function constantIntegers(model: OnnxModel, name: string): readonly number[] | undefined {
  const initializer = model.initializers.get(name);
  if (initializer) return integersOf(initializer.bytes);
  const node = model.nodes.find((candidate) => candidate.opType === 'Constant' && candidate.outputs.includes(name));
  for (const attribute of node === undefined ? [] : wireFields(node.bytes)) {
    if (attribute.field !== 5) continue;
    const parts = [...wireFields(attribute.bytes)];
    const tensor = parts.find((part) => part.field === 5);
    if (tensor && parts.some((part) => part.field === 1 && textOf(part) === 'value')) return integersOf(tensor.bytes);
  }
  return undefined;
}

/** TensorProto: data_type 2 (7 is INT64), int64_data 7, raw_data 9 (little-endian). */
function integersOf(tensor: Uint8Array): readonly number[] | undefined {
  const fields = [...wireFields(tensor)];
  if (fields.find(({ field }) => field === 2)?.varint !== 7) return undefined;
  const raw = fields.find(({ field }) => field === 9)?.bytes;
  if (!raw) return fields.filter(({ field }) => field === 7).flatMap(int64Values);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: raw.byteLength / 8 }, (_, index) => Number(view.getBigInt64(index * 8, true)));
}
