import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { crossingTensors } from './crossing-tensors.ts';
import { exposeTensor } from './expose-tensor.ts';
import { extractSubgraph } from './extract-subgraph.ts';
import { floatConvolutions } from './float-convolutions.ts';
import { fromHalfFloats, toHalfFloats } from './half-float.ts';
import { createOnnxGraphWriter } from './onnx-graph-writer.ts';
import { readOnnxModel } from './read-onnx-model.ts';
import { receptiveField } from './receptive-field.ts';
import { replaceNode } from './replace-node.ts';
import { writeOnnxModel } from './write-onnx-model.ts';

/** y = relu(x · a) · b + side, with side = x + x needed behind the middle, and an unused weight. */
function twoHalves(): Uint8Array {
  const graph = createOnnxGraphWriter({ graphName: 'halves', opsets: { '': 17 }, metadata: { origin: 'test' } });
  graph.input({ name: 'x', elementType: 'float32', dims: ['n', 2] });
  graph.output({ name: 'y', elementType: 'float32', dims: ['n', 2] });
  graph.initializer({ name: 'a', dims: [2, 2], data: Float32Array.of(1, -2, 3, 4) });
  graph.initializer({ name: 'b', dims: [2, 2], data: Float32Array.of(2, 0, 0, 2) });
  graph.initializer({ name: 'unused', dims: [3], data: Int8Array.of(1, 2, 3) });
  graph.node({ opType: 'Add', inputs: ['x', 'x'], outputs: ['side'] });
  graph.node({ opType: 'MatMul', inputs: ['side', 'a'], outputs: ['hidden'] });
  graph.node({ opType: 'Relu', inputs: ['hidden'], outputs: ['middle'] });
  graph.node({ opType: 'MatMul', inputs: ['middle', 'b'], outputs: ['scaled'] });
  graph.node({ opType: 'Add', inputs: ['scaled', 'side'], outputs: ['y'] });
  return graph.modelBytes();
}

async function run(model: Uint8Array, feeds: Record<string, Tensor>): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
  const results = await session.run(feeds);
  const out: Record<string, number[]> = {};
  for (const [name, value] of Object.entries(results)) if (value instanceof Tensor) out[name] = [...value.data].map(Number);
  await session.release();
  return out;
}

const matrix = (data: number[]): Tensor => new Tensor('float32', Float32Array.from(data), [data.length / 2, 2]);
const x = matrix([1, 2, -3, 0.5]);

describe('readOnnxModel', () => {
  it('lists nodes, weights, inputs and outputs', () => {
    const model = readOnnxModel(twoHalves());
    expect(model.nodes.map((node) => [node.opType, node.inputs, node.outputs])[2]).toEqual(['Relu', ['hidden'], ['middle']]);
    expect([...model.initializers.values()].map(({ name, elementType, dims }) => ({ name, elementType, dims }))).toContainEqual({ name: 'unused', elementType: 'int8', dims: [3] });
    expect(model.inputs[0]).toMatchObject({ name: 'x', elementType: 'float32', dims: ['n', 2] });
    expect(model.outputs.map((output) => output.name)).toEqual(['y']);
  });

  it('keeps views on the file, and writes back a model that computes the same', async () => {
    const bytes = twoHalves();
    const model = readOnnxModel(bytes);
    expect(model.initializers.get('a')!.bytes.buffer).toBe(bytes.buffer);
    expect(await run(writeOnnxModel(model), { x })).toEqual(await run(bytes, { x }));
  });

  it('refuses truncated files at every length, and foreign ones', () => {
    const bytes = twoHalves();
    for (let length = 0; length < bytes.length; length++) {
      // Cut behind the graph only metadata is lost, which is a whole file to anybody who reads it.
      if (length > bytes.length - 25) break;
      expect(() => readOnnxModel(bytes.subarray(0, length)), String(length)).toThrow(expect.objectContaining({ code: 'model_file_invalid' }));
    }
    expect(() => readOnnxModel(Buffer.from('GGUF\u0003'))).toThrow(expect.objectContaining({ code: 'model_file_invalid' }));
  });

  it('sees what the bodies of control flow take from outside', () => {
    const body = createOnnxGraphWriter({ graphName: 'body', opsets: {} });
    body.output({ name: 'z', elementType: 'float32' });
    body.node({ opType: 'Add', inputs: ['outer', 'outer'], outputs: ['z'] });
    const graph = createOnnxGraphWriter({ graphName: 'if', opsets: { '': 17 } });
    const branch = { graph: body.graphBytes() };
    graph.node({ opType: 'If', inputs: ['condition'], outputs: ['y'], attributes: { then_branch: branch, else_branch: branch } });
    expect(readOnnxModel(graph.modelBytes()).nodes[0]!.captures).toEqual(['outer']);
  });
});

describe('exposeTensor', () => {
  it('adds an inner tensor to the outputs, once', async () => {
    const once = exposeTensor(readOnnxModel(twoHalves()), { name: 'side', elementType: 'float32' });
    const twice = exposeTensor(exposeTensor(once, { name: 'hidden' }), { name: 'hidden' });
    expect((await run(writeOnnxModel(once), { x }))['side']).toEqual([2, 4, -6, 1]);
    expect(Object.keys(await run(writeOnnxModel(twice), { x })).toSorted()).toEqual(['hidden', 'side', 'y']);
  });

  it('refuses a name that nothing makes', () => {
    expect(() => exposeTensor(readOnnxModel(twoHalves()), { name: 'nothing' })).toThrow(expect.objectContaining({ code: 'model_file_invalid' }));
  });
});

describe('replaceNode', () => {
  function steep(output: string): ReturnType<typeof readOnnxModel> {
    const graph = createOnnxGraphWriter({ graphName: 'steep', opsets: { '': 17 } });
    graph.input({ name: 'slope', elementType: 'float32', dims: [1] });
    graph.node({ opType: 'Relu', inputs: ['hidden'], outputs: ['cut_off'] });
    graph.node({ opType: 'Mul', inputs: ['cut_off', 'slope'], outputs: [output] });
    return readOnnxModel(graph.modelBytes());
  }

  it('puts a graph in a node’s place, with its own inputs', async () => {
    const model = readOnnxModel(twoHalves());
    const relu = model.nodes.find((node) => node.opType === 'Relu')!;
    const replaced = exposeTensor(replaceNode(model, relu, steep('middle')), { name: 'middle' });
    const native = await run(writeOnnxModel(exposeTensor(model, { name: 'middle' })), { x });
    const result = await run(writeOnnxModel(replaced), { x, slope: new Tensor('float32', Float32Array.of(3), [1]) });
    expect(result['middle']).toEqual(native['middle']!.map((value) => value * 3));
  });

  it('refuses a graph that does not make what the node made, or takes a name', () => {
    const model = readOnnxModel(twoHalves());
    const relu = model.nodes.find((node) => node.opType === 'Relu')!;
    expect(() => replaceNode(model, relu, steep('elsewhere'))).toThrow(/tensor middle/u);
    expect(() => replaceNode(model, model.nodes[0]!, steep('side'))).not.toThrow();
    expect(() => replaceNode(model, model.nodes[1]!, steep('y'))).toThrow(expect.objectContaining({ code: 'model_file_invalid' }));
  });
});

describe('extractSubgraph', () => {
  it('cuts a model into halves that together compute the whole, bit by bit', async () => {
    const model = readOnnxModel(twoHalves());
    const crossing = crossingTensors(model, { cut: ['middle'], outputs: ['y'] });
    expect(crossing).toEqual({ tensors: ['side'], graphInputs: [] });
    const first = extractSubgraph(model, { inputs: ['x'], outputs: ['middle', ...crossing.tensors] });
    const second = extractSubgraph(model, { inputs: ['middle', 'side'].map((name) => ({ name, elementType: 'float32' as const })), outputs: ['y'] });
    expect([...first.initializers.keys()]).toEqual(['a']);
    expect([...second.initializers.keys()]).toEqual(['b']);
    const half = await run(writeOnnxModel(first), { x });
    const whole = await run(writeOnnxModel(second), { middle: matrix(half['middle']!), side: matrix(half['side']!) });
    expect(whole).toEqual(await run(twoHalves(), { x }));
  });

  it('refuses a cut that forgets what crosses it, and an input whose type nobody states', () => {
    const model = readOnnxModel(twoHalves());
    expect(() => extractSubgraph(model, { inputs: [{ name: 'middle', elementType: 'float32' }], outputs: ['y'] })).toThrow(/tensor x/u);
    expect(() => extractSubgraph(model, { inputs: ['middle'], outputs: ['scaled'] })).toThrow(/type of tensor middle/u);
  });
});

describe('crossingTensors', () => {
  it('carries random numbers over instead of drawing them twice, and gives each half its own constants', () => {
    const graph = createOnnxGraphWriter({ graphName: 'random', opsets: { '': 17 } });
    graph.input({ name: 'x', elementType: 'float32', dims: [1] });
    graph.input({ name: 'later', elementType: 'float32', dims: [1] });
    graph.output({ name: 'y', elementType: 'float32' });
    graph.node({ opType: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { tensor: { dims: [1], data: Float32Array.of(2) } } } });
    graph.node({ opType: 'RandomNormal', inputs: [], outputs: ['noise'], attributes: { shape: { ints: [1] } } });
    graph.node({ opType: 'Add', inputs: ['x', 'noise'], outputs: ['noisy'] });
    graph.node({ opType: 'Mul', inputs: ['noisy', 'c'], outputs: ['cut'] });
    graph.node({ opType: 'Sum', inputs: ['cut', 'c', 'noise', 'later'], outputs: ['y'] });
    expect(crossingTensors(readOnnxModel(graph.modelBytes()), { cut: ['cut'], outputs: ['y'] })).toEqual({ tensors: ['noise'], graphInputs: ['later'] });
  });
});

describe('createOnnxGraphWriter', () => {
  it('writes weights of every type it takes, and operators of another domain', async () => {
    const graph = createOnnxGraphWriter({ graphName: 'types', opsets: { '': 17, 'com.microsoft': 1 } });
    graph.input({ name: 'x', elementType: 'float32', dims: [2] });
    const halves = toHalfFloats(Float32Array.of(0.1, -65_504));
    graph.initializer({ name: 'f16', dims: [2], data: halves });
    graph.initializer({ name: 'i64', dims: [2], data: BigInt64Array.of(5n, -5n) });
    graph.initializer({ name: 'i8', dims: [2], data: Int8Array.of(7, -7) });
    for (const name of ['f16', 'i64', 'i8']) {
      graph.node({ opType: 'Cast', inputs: [name], outputs: [`${name}_float`], attributes: { to: { int: 1 } } });
      graph.output({ name: `${name}_float`, elementType: 'float32' });
    }
    graph.node({ opType: 'Gelu', domain: 'com.microsoft', inputs: ['x'], outputs: ['gelu'] });
    graph.output({ name: 'gelu', elementType: 'float32' });
    const result = await run(graph.modelBytes(), { x: new Tensor('float32', Float32Array.of(0, 1), [2]) });
    expect(result['f16_float']).toEqual([...fromHalfFloats(halves)]);
    expect(result['f16_float']![0]).toBeCloseTo(0.1, 4);
    expect(result['i64_float']).toEqual([5, -5]);
    expect(result['i8_float']).toEqual([7, -7]);
    expect(result['gelu']![1]).toBeCloseTo(0.8413, 3);
  });

  it('refuses weights that do not fit their shape', () => {
    const graph = createOnnxGraphWriter({ graphName: 'g', opsets: { '': 17 } });
    expect(() => graph.initializer({ name: 'w', dims: [2, 3], data: new Float32Array(5) })).toThrow(RangeError);
  });
});

describe('half floats', () => {
  it('turn every half into a float and back without loss', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00 || (half & 0x3ff) === 0);
    expect(toHalfFloats(fromHalfFloats(all))).toEqual(all);
  });

  it('round as the runtime does', async () => {
    const values = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * 12.9898) * 10 ** ((i % 14) - 9));
    const graph = createOnnxGraphWriter({ graphName: 'cast', opsets: { '': 17 } });
    graph.input({ name: 'x', elementType: 'float32', dims: ['n'] });
    graph.output({ name: 'y', elementType: 'float32' });
    graph.node({ opType: 'Cast', inputs: ['x'], outputs: ['half'], attributes: { to: { int: 10 } } });
    graph.node({ opType: 'Cast', inputs: ['half'], outputs: ['y'], attributes: { to: { int: 1 } } });
    const rounded = await run(graph.modelBytes(), { x: new Tensor('float32', values, [values.length]) });
    expect([...fromHalfFloats(toHalfFloats(values))]).toEqual(rounded['y']);
  });
});

describe('receptiveField', () => {
  function convolutional(middle: { opType: string; attributes: Record<string, { ints: number[] }> }): ReturnType<typeof readOnnxModel> {
    const graph = createOnnxGraphWriter({ graphName: 'conv', opsets: { '': 17 } });
    graph.input({ name: 'x', elementType: 'float32', dims: [1, 1, 'n'] });
    graph.output({ name: 'y', elementType: 'float32' });
    graph.initializer({ name: 'w7', dims: [1, 1, 7], data: new Float32Array(7) });
    graph.initializer({ name: 'w4', dims: [1, 1, 4], data: new Float32Array(4) });
    graph.node({ opType: 'Conv', inputs: ['x', 'w7'], outputs: ['a'], attributes: { pads: { ints: [3, 3] } } });
    graph.node({ opType: 'ConvTranspose', inputs: ['a', 'w4'], outputs: ['b'], attributes: { strides: { ints: [2] }, pads: { ints: [1, 1] } } });
    graph.node({ opType: middle.opType, inputs: ['b', ...(middle.opType === 'Conv' ? ['w7'] : [])], outputs: ['c'], attributes: middle.attributes });
    graph.node({ opType: 'Add', inputs: ['c', 'b'], outputs: ['y'] });
    return readOnnxModel(graph.modelBytes());
  }
  const between = { input: 'x', output: 'y' };

  it('adds up kernels and dilations, in steps of the input', () => {
    // 3 on both sides; (4 − 1 − 1) / 2 and 1 / 2 for the upsampling; 3 · 2 / 2 at the doubled rate.
    const model = convolutional({ opType: 'Conv', attributes: { pads: { ints: [6, 6] }, dilations: { ints: [2] } } });
    expect(receptiveField(model, between)).toEqual({ left: 7, right: 7, upsampling: 2 });
  });

  it('is unknown where an operator mixes all positions or lengths are not kept', () => {
    expect(receptiveField(convolutional({ opType: 'Softmax', attributes: {} }), between)).toBeUndefined();
    expect(receptiveField(convolutional({ opType: 'Conv', attributes: { pads: { ints: [0, 0] } } }), between)).toBeUndefined();
  });
});

/** A convolution of 2 channels to 1 over 6 steps as a quantiser writes it: y = conv(x, (w − 10) / 2) + bias. */
function quantisedConvolution({ withBias }: { withBias: boolean }): Uint8Array {
  const graph = createOnnxGraphWriter({ graphName: 'quantised', opsets: { '': 17 } });
  graph.input({ name: 'x', elementType: 'float32', dims: [1, 2, 6] });
  graph.output({ name: 'y', elementType: 'float32', dims: [1, 1, 4] });
  graph.initializer({ name: 'w', dims: [1, 2, 3], data: Uint8Array.of(12, 10, 8, 14, 6, 10) });
  graph.initializer({ name: 'w_zero', dims: [], data: Uint8Array.of(10) });
  graph.initializer({ name: 'w_scale', dims: [], data: Float32Array.of(0.5) });
  graph.node({ opType: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 'q_scale', 'q_zero'] });
  graph.node({ name: 'the_one', opType: 'ConvInteger', inputs: ['q', 'w', 'q_zero', 'w_zero'], outputs: ['steps'], attributes: { kernel_shape: { ints: [3] } } });
  graph.node({ opType: 'Mul', inputs: ['q_scale', 'w_scale'], outputs: ['scale'] });
  if (withBias) {
    graph.initializer({ name: 'bias', dims: [1], data: Float32Array.of(3) });
    graph.initializer({ name: 'bias_shape', dims: [3], data: BigInt64Array.of(1n, -1n, 1n) });
    graph.node({ opType: 'Div', inputs: ['bias', 'scale'], outputs: ['bias_steps'] });
    graph.node({ opType: 'Floor', inputs: ['bias_steps'], outputs: ['bias_whole'] });
    graph.node({ opType: 'Cast', inputs: ['bias_whole'], outputs: ['bias_int'], attributes: { to: { int: 6 } } });
    graph.node({ opType: 'Reshape', inputs: ['bias_int', 'bias_shape'], outputs: ['bias_shaped'] });
    graph.node({ opType: 'Add', inputs: ['steps', 'bias_shaped'], outputs: ['biased'] });
  }
  graph.node({ opType: 'Cast', inputs: [withBias ? 'biased' : 'steps'], outputs: ['floats'], attributes: { to: { int: 1 } } });
  graph.node({ opType: 'Mul', inputs: ['floats', 'scale'], outputs: ['y'] });
  return graph.modelBytes();
}

describe('floatConvolutions', () => {
  const signal = new Tensor('float32', Float32Array.of(1, -2, 3, 0.5, 0, 2, -1, 1, 4, -3, 2, 0.25), [1, 2, 6]);

  it.each([true, false])('computes what the quantised convolution meant, with a bias: %s', async (withBias) => {
    const file = quantisedConvolution({ withBias });
    const model = floatConvolutions(readOnnxModel(file));
    expect(model.nodes.map(({ opType }) => opType)).toEqual(['Conv']);
    const { y } = await run(writeOnnxModel(model), { x: signal });
    const weights = [[1, 0, -1], [2, -2, 0]];
    const exact = Array.from({ length: 4 }, (_, at) => weights.flatMap((row, channel) => row.map((weight, k) => weight * Number(signal.data[channel * 6 + at + k]))).reduce((sum, value) => sum + value, withBias ? 3 : 0));
    expect(y).toEqual(exact);
    const { y: rounded } = await run(file, { x: signal });
    for (const [i, value] of rounded!.entries()) expect(Math.abs(value - exact[i]!)).toBeLessThan(0.15);
  });

  it('leaves alone what is not chosen, or not of that pattern', () => {
    const model = readOnnxModel(quantisedConvolution({ withBias: true }));
    expect(floatConvolutions(model, () => false).nodes).toHaveLength(model.nodes.length);
    expect(floatConvolutions(readOnnxModel(twoHalves())).nodes.map(({ opType }) => opType)).toEqual(['Add', 'MatMul', 'Relu', 'MatMul', 'Add']);
  });
});
