/** Reads numbers out of a node's attributes (AttributeProto of onnx/onnx.proto). */
import type { OnnxNode } from './read-onnx-model.ts';
import { int64Values, textOf, wireFields } from './protobuf-wire.ts';

/** The integers of attribute `name` (one for a scalar), or undefined where the node does not set it. */
export function integerAttribute(node: OnnxNode, name: string): readonly number[] | undefined {
  for (const field of wireFields(node.bytes)) {
    if (field.field !== 5) continue;
    const parts = [...wireFields(field.bytes)];
    if (!parts.some((part) => part.field === 1 && textOf(part) === name)) continue;
    return parts.filter((part) => part.field === 3 || part.field === 8).flatMap(int64Values);
  }
  return undefined;
}
