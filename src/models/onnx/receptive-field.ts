/**
 * How far a convolutional graph looks along the last axis (time). Knowing it, a long input can be computed in
 * windows whose results equal the whole's. Arithmetic: Araujo et al., "Computing Receptive Fields of Convolutional
 * Neural Networks", Distill 2019, with transposed convolutions added.
 */
import { constantIntegers } from './constant-integers.ts';
import { integerAttribute } from './node-attribute.ts';
import type { OnnxModel, OnnxNode } from './read-onnx-model.ts';

export type ReceptiveField = {
  /** Input positions before an output's own position that it depends on; whole, 0 or more. */
  readonly left: number;
  /** The same after it. */
  readonly right: number;
  /** Output positions for one input position, 1 or more. */
  readonly upsampling: number;
};

type Reach = { readonly left: number; readonly right: number; readonly rate: number };

/** Operators that work on each position by itself. */
const positionWise = new Set(['Abs', 'Add', 'Cast', 'Clip', 'Cos', 'Div', 'Elu', 'Erf', 'Exp', 'Identity', 'LeakyRelu', 'Mul', 'Neg', 'PRelu', 'Pow', 'Reciprocal', 'Relu', 'Selu', 'Sigmoid', 'Sin', 'Softplus', 'Sqrt', 'Sub', 'Tanh', 'Unsqueeze']);

/**
 * The field of `output` along the last axis of the tensor `input`. Every other graph input counts as having no
 * time axis (a speaker embedding), or as the same at every position (a mask of ones). undefined where the graph has an operator that mixes positions in another way,
 * or a convolution that does not keep lengths in proportion: then windows are not exact.
 */
export function receptiveField(model: OnnxModel, between: { input: string; output: string }): ReceptiveField | undefined {
  const reaches = new Map<string, Reach>([[between.input, { left: 0, right: 0, rate: 1 }]]);
  for (const node of model.nodes) {
    const timed = node.inputs.filter((name) => reaches.has(name));
    if (timed.length === 0) continue;
    // A window's zeros are shaped after the window; that is the one thing a length may be asked for.
    if (node.opType === 'Shape' && onlyMakesConstants(model, node)) continue;
    const reach = reachThrough(node, { model, timed, reaches });
    if (reach === undefined) return undefined;
    for (const output of node.outputs) reaches.set(output, reach);
  }
  const found = reaches.get(between.output);
  if (found === undefined) return undefined;
  return { left: Math.ceil(found.left - 1e-9), right: Math.ceil(found.right - 1e-9), upsampling: found.rate };
}

type Step = { readonly model: OnnxModel; readonly timed: readonly string[]; readonly reaches: ReadonlyMap<string, Reach> };

function reachThrough(node: OnnxNode, { model, timed, reaches }: Step): Reach | undefined {
  const inputs = timed.flatMap((name) => reaches.get(name) ?? []);
  const rate = inputs[0]!.rate;
  if (inputs.some((reach) => reach.rate !== rate) || node.captures.length > 0) return undefined;
  const merged = { left: Math.max(...inputs.map((reach) => reach.left)), right: Math.max(...inputs.map((reach) => reach.right)), rate };
  if (positionWise.has(node.opType) || worksOnChannels(node, { model, timed })) return merged;
  if (node.inputs[0] !== timed[0] || timed.length !== 1) return undefined;
  if (node.opType === 'Conv') return afterConvolution(merged, readKernel(model, node));
  if (node.opType === 'ConvTranspose') return afterTransposedConvolution(merged, readKernel(model, node));
  return undefined;
}

/** Splits, joins or reorders channels of a [batch, channels, time] tensor and leaves time alone. */
function worksOnChannels(node: OnnxNode, { model, timed }: Pick<Step, 'model' | 'timed'>): boolean {
  const isChannel = (axis: number): boolean => axis === 1 || axis === -2;
  if (node.opType === 'Concat') return integerAttribute(node, 'axis')?.every(isChannel) === true && node.inputs.every((name) => timed.includes(name));
  if (node.inputs[0] !== timed[0] || timed.length !== 1) return false;
  if (node.opType === 'Split') return integerAttribute(node, 'axis')?.every(isChannel) === true;
  if (node.opType !== 'Slice') return false;
  return constantIntegers(model, node.inputs[3] ?? '')?.every(isChannel) === true;
}

function onlyMakesConstants(model: OnnxModel, shape: OnnxNode): boolean {
  const users = model.nodes.filter((node) => [...node.inputs, ...node.captures].some((name) => shape.outputs.includes(name)));
  return users.every(({ opType }) => opType === 'ConstantOfShape');
}

type Kernel = { readonly size: number; readonly stride: number; readonly dilation: number; readonly before: number; readonly after: number; readonly extra: number };

/** One-dimensional convolutions with explicit padding only; anything else is undefined. */
function readKernel(model: OnnxModel, node: OnnxNode): Kernel | undefined {
  const weightDims = model.initializers.get(node.inputs[1] ?? '')?.dims;
  const size = integerAttribute(node, 'kernel_shape')?.[0] ?? weightDims?.[2];
  const padding = integerAttribute(node, 'pads') ?? [0, 0];
  if (size === undefined || padding.length !== 2 || integerAttribute(node, 'auto_pad') !== undefined) return undefined;
  return {
    size,
    stride: integerAttribute(node, 'strides')?.[0] ?? 1,
    dilation: integerAttribute(node, 'dilations')?.[0] ?? 1,
    before: padding[0]!,
    after: padding[1]!,
    extra: integerAttribute(node, 'output_padding')?.[0] ?? 0,
  };
}

function afterConvolution(reach: Reach, kernel: Kernel | undefined): Reach | undefined {
  if (kernel === undefined || kernel.stride !== 1) return undefined;
  const span = (kernel.size - 1) * kernel.dilation;
  if (kernel.before + kernel.after !== span) return undefined;
  return { rate: reach.rate, left: reach.left + kernel.before / reach.rate, right: reach.right + kernel.after / reach.rate };
}

function afterTransposedConvolution(reach: Reach, kernel: Kernel | undefined): Reach | undefined {
  if (kernel === undefined) return undefined;
  const span = (kernel.size - 1) * kernel.dilation;
  if (span + 1 - kernel.before - kernel.after + kernel.extra !== kernel.stride) return undefined;
  const rate = reach.rate * kernel.stride;
  return { rate, left: reach.left + Math.max(0, span - kernel.before) / rate, right: reach.right + kernel.before / rate };
}
