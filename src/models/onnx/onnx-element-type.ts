/** Element types of ONNX tensors by name, with the numbers of TensorProto.DataType (onnx/onnx.proto). */

export const onnxElementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
} as const;

export type OnnxElementType = keyof typeof onnxElementTypes;

const nameOf = new Map<number, OnnxElementType>();
for (const [name, code] of Object.entries(onnxElementTypes)) {
  if (isElementType(name)) nameOf.set(code, name);
}

/** undefined for numbers that this house has no use for (complex, float8, int4). */
export function elementTypeFromCode(code: number): OnnxElementType | undefined {
  return nameOf.get(code);
}

function isElementType(name: string): name is OnnxElementType {
  return Object.hasOwn(onnxElementTypes, name);
}
