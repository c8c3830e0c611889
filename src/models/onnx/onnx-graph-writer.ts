/**
 * Writes new ONNX models: converters of other formats describe nodes and weights, and get a file's bytes. Weights
 * are kept as views until the end. Field numbers: onnx/onnx.proto.
 */
import { onnxElementTypes } from './onnx-element-type.ts';
import { bytesField, floatField, joinBytes, textField, varintField } from './protobuf-wire.ts';
import { valueInfo } from './write-onnx-model.ts';
import type { ValueDeclaration } from './write-onnx-model.ts';

/** The element type follows from the array's class; half floats come as their bits in a Uint16Array (half-float.ts). */
export type OnnxTensorData = Float32Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

export type InitializerDeclaration = {
  readonly name: string;
  /** Their product is the number of elements; [] for a scalar. */
  readonly dims: readonly number[];
  readonly data: OnnxTensorData;
};

export type AttributeValue =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Omit<InitializerDeclaration, 'name'> }
  /** A body for If, Loop or Scan: `graphBytes()` of another writer. */
  | { readonly graph: Uint8Array };

export type NodeDeclaration = {
  readonly opType: string;
  /** '' leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  /** Default '': the standard operators. `com.microsoft` has to be in the writer's opsets too. */
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
};

export type OnnxGraphWriterOptions = {
  readonly graphName: string;
  /** Version by operator domain: { '': 17, 'com.microsoft': 1 }. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Free text pairs kept in the file: source digest, licence, settings of the front end. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Default 8, which every runtime of the last years reads. */
  readonly irVersion?: number;
};

export type OnnxGraphWriter = {
  input(value: ValueDeclaration): void;
  output(value: ValueDeclaration): void;
  /** Errors: RangeError where the number of elements and `dims` disagree. */
  initializer(tensor: InitializerDeclaration): void;
  /** Nodes must be added in an order in which each one's inputs exist already. */
  node(node: NodeDeclaration): void;
  /** The GraphProto, to be a body in another graph's attribute. */
  graphBytes(): Uint8Array;
  /** The file in parts, so that large weights can be written to disk without being joined in memory. */
  modelParts(): readonly Uint8Array[];
  modelBytes(): Uint8Array<ArrayBuffer>;
};

export function createOnnxGraphWriter(options: OnnxGraphWriterOptions): OnnxGraphWriter {
  const nodes: Uint8Array[] = [];
  const initializers: Uint8Array[] = [];
  const values: Uint8Array[] = [];

  const graphParts = (): Uint8Array[] => [...nodes, textField(2, options.graphName), ...initializers, ...values];
  const modelParts = (): Uint8Array[] => [
    varintField(1, options.irVersion ?? 8),
    textField(2, 'antiphon'),
    ...bytesField(7, graphParts()),
    ...Object.entries(options.opsets).flatMap(([domain, version]) => bytesField(8, [textField(1, domain), varintField(2, version)])),
    ...Object.entries(options.metadata ?? {}).flatMap(([key, value]) => bytesField(14, [textField(1, key), textField(2, value)])),
  ];

  return {
    input: (value) => void values.push(...bytesField(11, [valueInfo(value)])),
    output: (value) => void values.push(...bytesField(12, [valueInfo(value)])),
    initializer: (tensor) => void initializers.push(...bytesField(5, tensorParts(tensor))),
    node: (node) => void nodes.push(...bytesField(1, [nodeBytes(node)])),
    graphBytes: () => joinBytes(graphParts()),
    modelParts,
    modelBytes: () => joinBytes(modelParts()),
  };
}

function nodeBytes(node: NodeDeclaration): Uint8Array {
  return joinBytes([
    ...node.inputs.map((input) => textField(1, input)),
    ...node.outputs.map((output) => textField(2, output)),
    ...(node.name === undefined ? [] : [textField(3, node.name)]),
    textField(4, node.opType),
    ...Object.entries(node.attributes ?? {}).flatMap(([name, value]) => bytesField(5, [textField(1, name), ...attributeParts(value)])),
    ...(node.domain === undefined ? [] : [textField(7, node.domain)]),
  ]);
}

/** The value and then AttributeProto.type (field 20). */
function attributeParts(value: AttributeValue): Uint8Array[] {
  if ('int' in value) return [varintField(3, value.int), varintField(20, 2)];
  if ('ints' in value) return [...value.ints.map((int) => varintField(8, int)), varintField(20, 7)];
  if ('float' in value) return [floatField(2, value.float), varintField(20, 1)];
  if ('floats' in value) return [...value.floats.map((float) => floatField(7, float)), varintField(20, 6)];
  if ('string' in value) return [textField(4, value.string), varintField(20, 3)];
  if ('strings' in value) return [...value.strings.map((text) => textField(9, text)), varintField(20, 8)];
  if ('tensor' in value) return [...bytesField(5, tensorParts({ name: '', ...value.tensor })), varintField(20, 4)];
  return [...bytesField(6, [value.graph]), varintField(20, 5)];
}

function tensorParts(tensor: InitializerDeclaration): Uint8Array[] {
  const elements = tensor.dims.reduce((product, dim) => product * dim, 1);
  if (elements !== tensor.data.length) throw new RangeError(`${tensor.name}: dims [${tensor.dims.join(', ')}] hold ${elements} elements, got ${tensor.data.length}`);
  return [
    ...tensor.dims.map((dim) => varintField(1, dim)),
    varintField(2, onnxElementTypes[elementTypeOf(tensor.data)]),
    textField(8, tensor.name),
    // Raw data is little-endian, as is every platform Node 24 runs on.
    ...bytesField(9, [new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)]),
  ];
}

function elementTypeOf(data: OnnxTensorData): keyof typeof onnxElementTypes {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Uint16Array) return 'float16';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Int8Array) return 'int8';
  return 'uint8';
}
