/**
 * Reads the structure of an ONNX file (ModelProto and its GraphProto): names, types and edges. Weights stay where
 * they are: every `bytes` below is a view on the caller's buffer, so reading 60 MB takes milliseconds.
 * Field numbers: onnx/onnx.proto.
 */
import { AntiphonError } from '../../errors.ts';
import { elementTypeFromCode } from './onnx-element-type.ts';
import type { OnnxElementType } from './onnx-element-type.ts';
import { int64Values, textOf, wireFields } from './protobuf-wire.ts';
import type { WireField } from './protobuf-wire.ts';

export type OnnxNode = {
  readonly name: string;
  readonly opType: string;
  /** Empty for the standard operators, else for example `com.microsoft`. */
  readonly domain: string;
  /** In order; an empty string is an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Tensors of the surrounding graph that bodies of If, Loop or Scan use without listing them as inputs. */
  readonly captures: readonly string[];
  /** The NodeProto. */
  readonly bytes: Uint8Array;
};

export type OnnxInitializer = {
  readonly name: string;
  readonly elementType: OnnxElementType | undefined;
  readonly dims: readonly number[];
  /** The TensorProto, data included. */
  readonly bytes: Uint8Array;
};

/** A named tensor of the graph's boundary or one that the exporter annotated. */
export type OnnxValue = {
  readonly name: string;
  readonly elementType: OnnxElementType | undefined;
  /** Numbers, names of free dimensions, '' for unnamed ones; undefined where the rank is not stated. */
  readonly dims: readonly (number | string)[] | undefined;
  /** The ValueInfoProto. */
  readonly bytes: Uint8Array;
};

export type OnnxModel = {
  readonly graphName: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxInitializer>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Annotations of inner tensors, by name; what an exporter did not infer is missing. */
  readonly values: ReadonlyMap<string, OnnxValue>;
  /** Model fields around the graph (versions, opset imports, functions, metadata), as read. */
  readonly surroundings: readonly Uint8Array[];
};

const modelGraph = 7;
const modelOpsetImport = 8;

/**
 * The structure of an ONNX model file's bytes. Errors: model_file_invalid for truncated or foreign bytes, and for
 * models that keep weights in a second file.
 */
export function readOnnxModel(bytes: Uint8Array): OnnxModel {
  let graph: Uint8Array | undefined;
  let opsets = 0;
  const surroundings: Uint8Array[] = [];
  for (const entry of wireFields(bytes)) {
    if (entry.field === modelGraph && entry.wireType === 2) {
      if (graph !== undefined) throw invalid();
      graph = entry.bytes;
      continue;
    }
    if (entry.field === modelOpsetImport) opsets++;
    surroundings.push(entry.whole);
  }
  if (graph === undefined || opsets === 0) throw invalid();
  return { ...readGraph(graph), surroundings };
}

type Graph = Omit<OnnxModel, 'surroundings'>;

function readGraph(bytes: Uint8Array): Graph {
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxInitializer>();
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const values = new Map<string, OnnxValue>();
  let graphName = '';
  for (const entry of wireFields(bytes)) {
    if (entry.field === 1) nodes.push(readNode(entry.bytes));
    else if (entry.field === 2) graphName = textOf(entry);
    else if (entry.field === 5) {
      const initializer = readInitializer(entry.bytes);
      initializers.set(initializer.name, initializer);
    } else if (entry.field === 11) inputs.push(readValue(entry.bytes));
    else if (entry.field === 12) outputs.push(readValue(entry.bytes));
    else if (entry.field === 13) {
      const value = readValue(entry.bytes);
      values.set(value.name, value);
    }
  }
  return { graphName, nodes, initializers, inputs, outputs, values };
}

function readNode(bytes: Uint8Array): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const captures = new Set<string>();
  let name = '';
  let opType = '';
  let domain = '';
  for (const entry of wireFields(bytes)) {
    if (entry.field === 1) inputs.push(textOf(entry));
    else if (entry.field === 2) outputs.push(textOf(entry));
    else if (entry.field === 3) name = textOf(entry);
    else if (entry.field === 4) opType = textOf(entry);
    else if (entry.field === 7) domain = textOf(entry);
    else if (entry.field === 5) for (const captured of capturesOfAttribute(entry.bytes)) captures.add(captured);
  }
  return { name, opType, domain, inputs, outputs, captures: [...captures], bytes };
}

/** Names that a graph in an attribute (field 6, or several in 11) takes from outside itself. */
function capturesOfAttribute(attribute: Uint8Array): string[] {
  const captures: string[] = [];
  for (const entry of wireFields(attribute)) {
    if (entry.wireType !== 2 || (entry.field !== 6 && entry.field !== 11)) continue;
    const body = readGraph(entry.bytes);
    const own = new Set([...body.inputs.map((value) => value.name), ...body.initializers.keys(), ...body.nodes.flatMap((node) => node.outputs)]);
    const used = [...body.nodes.flatMap((node) => [...node.inputs, ...node.captures]), ...body.outputs.map((value) => value.name)];
    captures.push(...used.filter((name) => name !== '' && !own.has(name)));
  }
  return captures;
}

function readInitializer(bytes: Uint8Array): OnnxInitializer {
  const dims: number[] = [];
  let name = '';
  let elementType: OnnxElementType | undefined;
  for (const entry of wireFields(bytes)) {
    if (entry.field === 1) dims.push(...int64Values(entry));
    else if (entry.field === 2) elementType = elementTypeFromCode(entry.varint);
    else if (entry.field === 8) name = textOf(entry);
    else if (entry.field === 14 && entry.varint === 1) throw new AntiphonError('model_file_invalid', 'The ONNX model keeps its weights in a second file, which is not supported.');
  }
  return { name, elementType, dims, bytes };
}

function readValue(bytes: Uint8Array): OnnxValue {
  let name = '';
  let elementType: OnnxElementType | undefined;
  let dims: (number | string)[] | undefined;
  for (const entry of wireFields(bytes)) {
    if (entry.field === 1) name = textOf(entry);
    const tensorType = entry.field === 2 ? find(entry.bytes, 1) : undefined;
    for (const part of tensorType === undefined ? [] : wireFields(tensorType.bytes)) {
      if (part.field === 1) elementType = elementTypeFromCode(part.varint);
      if (part.field === 2) dims = [...wireFields(part.bytes)].filter((dim) => dim.field === 1).map((dim) => readDimension(dim.bytes));
    }
  }
  return { name, elementType, dims, bytes };
}

function readDimension(bytes: Uint8Array): number | string {
  for (const entry of wireFields(bytes)) {
    if (entry.field === 1) return entry.varint;
    if (entry.field === 2) return textOf(entry);
  }
  return '';
}

function find(message: Uint8Array, field: number): WireField | undefined {
  for (const entry of wireFields(message)) if (entry.field === field) return entry;
  return undefined;
}

function invalid(): AntiphonError {
  return new AntiphonError('model_file_invalid', 'The model file is damaged or is not an ONNX file.');
}
