/**
 * Turns dynamically quantised convolutions back into plain ones. A quantiser writes `Conv` as DynamicQuantizeLinear,
 * ConvInteger, Cast and Mul, which makes the file small; but onnxruntime's ConvInteger takes half as long again as its
 * float convolution (measured on AVX-512: 2.33 s against 1.66 s for 98 frames of Kokoro's decoder), and rounds every
 * activation to eight bits besides.
 */
import { AntiphonError } from '../../errors.ts';
import { walkBack } from './extract-subgraph.ts';
import { bytesField, int64Values, joinBytes, textField, varintField, wireFields } from './protobuf-wire.ts';
import type { OnnxInitializer, OnnxModel, OnnxNode } from './read-onnx-model.ts';

/**
 * The model with every chosen ConvInteger of that pattern as a Conv with float weights (four times their bytes);
 * others are left alone, and what nobody reads any more is gone. Errors: model_file_invalid for damaged weights.
 */
export function floatConvolutions(model: OnnxModel, isChosen: (node: OnnxNode) => boolean = () => true): OnnxModel {
  const graph = connect(model);
  const replaced = new Map<OnnxNode, OnnxNode>();
  const weights = new Map<string, OnnxInitializer>();
  for (const node of model.nodes) {
    if (node.opType !== 'ConvInteger' || !isChosen(node)) continue;
    const found = matchConvolution(node, model, graph);
    if (found === undefined) continue;
    const weight = dequantise(model, found);
    weights.set(weight.name, weight);
    replaced.set(found.last, writeConv(found, weight.name));
  }
  const nodes = model.nodes.map((node) => replaced.get(node) ?? node);
  const changed = { ...model, nodes, initializers: new Map([...model.initializers, ...weights]) };
  const used = walkBack(changed, { from: model.outputs.map(({ name }) => name), stopAt: new Set(model.inputs.map(({ name }) => name)) });
  return { ...changed, nodes: used.nodes, initializers: used.initializers };
}

type Graph = { readonly maker: ReadonlyMap<string, OnnxNode>; readonly readers: ReadonlyMap<string, readonly OnnxNode[]> };

type Convolution = {
  readonly node: OnnxNode;
  readonly input: string;
  readonly weight: string;
  readonly weightZero: string | undefined;
  readonly weightScale: string;
  readonly bias: string | undefined;
  /** Makes the float result. */
  readonly last: OnnxNode;
};

function connect({ nodes }: OnnxModel): Graph {
  const maker = new Map<string, OnnxNode>();
  const readers = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    for (const output of node.outputs) maker.set(output, node);
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  return { maker, readers };
}

/** ConvInteger → (Add of the bias in steps of the scale →) Cast → Mul by both scales. */
function matchConvolution(node: OnnxNode, model: OnnxModel, { maker, readers }: Graph): Convolution | undefined {
  const onlyReader = (tensor: string | undefined, opType: string): OnnxNode | undefined => {
    const all = tensor === undefined ? [] : (readers.get(tensor) ?? []);
    return all.length === 1 && all[0]!.opType === opType ? all[0] : undefined;
  };
  const other = (of: OnnxNode, than: string): string => of.inputs.find((input) => input !== than)!;
  const quantiser = maker.get(node.inputs[0]!);
  const add = onlyReader(node.outputs[0], 'Add');
  const cast = onlyReader((add ?? node).outputs[0], 'Cast');
  const last = cast && onlyReader(cast.outputs[0], 'Mul');
  if (quantiser?.opType !== 'DynamicQuantizeLinear' || last === undefined) return undefined;
  const scale = maker.get(other(last, cast!.outputs[0]!));
  const weightScale = scale?.opType === 'Mul' ? scale.inputs.find((input) => model.initializers.has(input)) : undefined;
  const bias = add === undefined ? undefined : biasOf(other(add, node.outputs[0]!), maker);
  if (weightScale === undefined || !model.initializers.has(node.inputs[1]!) || (add !== undefined && bias === undefined)) return undefined;
  return { node, input: quantiser.inputs[0]!, weight: node.inputs[1]!, weightZero: node.inputs[3], weightScale, bias, last };
}

/** The bias before it was divided by the scale, rounded and reshaped. */
function biasOf(tensor: string, maker: ReadonlyMap<string, OnnxNode>): string | undefined {
  let node = maker.get(tensor);
  for (const opType of ['Reshape', 'Cast', 'Floor']) {
    if (node?.opType !== opType) return undefined;
    node = maker.get(node.inputs[0]!);
  }
  return node?.opType === 'Div' ? node.inputs[0] : undefined;
}

function dequantise(model: OnnxModel, { weight, weightZero, weightScale }: Convolution): OnnxInitializer {
  const source = model.initializers.get(weight)!;
  const steps = numbersOf(source);
  const scales = numbersOf(model.initializers.get(weightScale));
  const zeros = weightZero === undefined || weightZero === '' ? [0] : numbersOf(model.initializers.get(weightZero));
  const perChannel = steps.length / (source.dims[0] ?? 1);
  const floats = new Float32Array(steps.length);
  for (let channel = 0, i = 0; i < steps.length; channel++) {
    const zero = zeros[channel] ?? zeros[0]!;
    const scale = scales[channel] ?? scales[0]!;
    for (const end = i + perChannel; i < end; i++) floats[i] = (steps[i]! - zero) * scale;
  }
  const name = `${weight}_float`;
  const data = new Uint8Array(floats.buffer);
  const bytes = joinBytes([...source.dims.map((size) => varintField(1, size)), varintField(2, 1), textField(8, name), ...bytesField(9, [data])]);
  return { name, elementType: 'float32', dims: source.dims, bytes };
}

/** TensorProto: float_data 4, int32_data 5 (also of narrower integers), raw_data 9 (little-endian). */
function numbersOf(tensor: OnnxInitializer | undefined): ArrayLike<number> {
  const fields = tensor === undefined ? [] : [...wireFields(tensor.bytes)];
  const raw = fields.find(({ field }) => field === 9)?.bytes;
  if (raw !== undefined) {
    // A view on the file need not start at a multiple of four, and a Buffer's slice does not copy.
    const own = new Uint8Array(raw);
    if (tensor!.elementType === 'int8') return new Int8Array(own.buffer);
    if (tensor!.elementType === 'uint8') return own;
    if (tensor!.elementType === 'float32') return new Float32Array(own.buffer);
  }
  const integers = fields.filter(({ field }) => field === 5).flatMap(int64Values);
  if (integers.length > 0) return integers;
  const floats = fields.filter(({ field }) => field === 4).flatMap(({ bytes }) => [...new Float32Array(new Uint8Array(bytes).buffer)]);
  if (floats.length > 0) return floats;
  throw new AntiphonError('model_file_invalid', 'The weights of a quantised convolution cannot be read.');
}

function writeConv({ node, input, bias, last }: Convolution, weight: string): OnnxNode {
  const inputs = [input, weight, ...(bias === undefined ? [] : [bias])];
  const name = `${node.name}_float`;
  const attributes = [...wireFields(node.bytes)].filter(({ field }) => field === 5).map(({ whole }) => whole);
  const bytes = joinBytes([...inputs.map((one) => textField(1, one)), ...last.outputs.map((one) => textField(2, one)), textField(3, name), textField(4, 'Conv'), ...attributes]);
  return { name, opType: 'Conv', domain: '', inputs, outputs: last.outputs, captures: [], bytes };
}
