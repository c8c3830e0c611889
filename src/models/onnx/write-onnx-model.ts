/** Puts an ONNX model together again from parts of a read one; nothing but the result is copied. */
import { onnxElementTypes } from './onnx-element-type.ts';
import type { OnnxElementType } from './onnx-element-type.ts';
import { bytesField, joinBytes, textField, varintField } from './protobuf-wire.ts';
import type { OnnxModel } from './read-onnx-model.ts';

export type ValueDeclaration = {
  readonly name: string;
  /** Outputs may leave it out: the runtime infers it. Inputs need it. */
  readonly elementType?: OnnxElementType | undefined;
  /** Sizes; a string names a free dimension, '' an unnamed one. Left out: rank unknown. */
  readonly dims?: readonly (number | string)[] | undefined;
};

/** A ValueInfoProto's bytes. */
export function valueInfo(value: ValueDeclaration): Uint8Array {
  const name = textField(1, value.name);
  if (value.elementType === undefined) return name;
  const tensorType = [varintField(1, onnxElementTypes[value.elementType])];
  if (value.dims !== undefined) tensorType.push(...bytesField(2, value.dims.flatMap((dim) => bytesField(1, [dimension(dim)]))));
  return joinBytes([name, ...bytesField(2, bytesField(1, tensorType))]);
}

/** The file's bytes of a model, as one block that a runtime can read. */
export function writeOnnxModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const graph = [
    ...model.nodes.flatMap((node) => bytesField(1, [node.bytes])),
    textField(2, model.graphName),
    ...[...model.initializers.values()].flatMap((initializer) => bytesField(5, [initializer.bytes])),
    ...model.inputs.flatMap((value) => bytesField(11, [value.bytes])),
    ...model.outputs.flatMap((value) => bytesField(12, [value.bytes])),
    ...[...model.values.values()].flatMap((value) => bytesField(13, [value.bytes])),
  ];
  return joinBytes([...model.surroundings, ...bytesField(7, graph)]);
}

function dimension(dim: number | string): Uint8Array {
  if (typeof dim === 'number') return varintField(1, dim);
  return dim === '' ? new Uint8Array(0) : textField(2, dim);
}
