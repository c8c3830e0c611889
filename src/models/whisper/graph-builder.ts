/** Puts a graph together step by step: every operation gives the name of what it makes. */
import { createOnnxGraphWriter, type AttributeValue, type OnnxGraphWriter, type OnnxTensorData } from '../onnx/onnx-graph-writer.ts';

export type GraphBuilder = {
  readonly writer: OnnxGraphWriter;
  /** Adds a weight or constant. */
  constant(dims: readonly number[], data: OnnxTensorData): string;
  integers(...values: readonly number[]): string;
  /** Adds an operation of one output. Names of `contrib` are the runtime's own operators (com.microsoft). */
  apply(opType: string, inputs: readonly string[], options?: ApplyOptions): string;
  /** The same with several outputs; '' leaves an optional one out. */
  applyMany(opType: string, inputs: readonly string[], options: ApplyOptions & { readonly outputs: readonly boolean[] }): readonly string[];
  /** Gives a tensor the name under which callers know it. */
  expose(name: string, tensor: string): void;
};

type ApplyOptions = { readonly attributes?: Readonly<Record<string, AttributeValue>>; readonly contrib?: boolean };

export function createGraphBuilder(graphName: string): GraphBuilder {
  const writer = createOnnxGraphWriter({ graphName, opsets: { '': 20, 'com.microsoft': 1 } });
  let made = 0;
  const newName = (): string => `t${++made}`;

  function constant(dims: readonly number[], data: OnnxTensorData): string {
    const name = newName();
    writer.initializer({ name, dims, data });
    return name;
  }

  function applyMany(opType: string, inputs: readonly string[], options: ApplyOptions & { readonly outputs: readonly boolean[] }): readonly string[] {
    const outputs = options.outputs.map((wanted) => (wanted ? newName() : ''));
    writer.node({
      opType,
      inputs,
      outputs,
      ...(options.contrib === true ? { domain: 'com.microsoft' } : {}),
      ...(options.attributes === undefined ? {} : { attributes: options.attributes }),
    });
    return outputs;
  }

  return {
    writer,
    constant,
    integers: (...values) => constant([values.length], BigInt64Array.from(values, BigInt)),
    apply: (opType, inputs, options = {}) => applyMany(opType, inputs, { ...options, outputs: [true] })[0]!,
    applyMany,
    expose(name, tensor) {
      writer.node({ opType: 'Identity', inputs: [tensor], outputs: [name] });
      writer.output({ name });
    },
  };
}

/** Standard deviations below this count as this. */
const layerNormEpsilon = 1e-5;

/** How a part's input is normalised. */
export type Norm = { readonly gamma: Float32Array; readonly beta: Float32Array };

export function layerNorm(graph: GraphBuilder, x: string, norm: Norm): string {
  const width = norm.gamma.length;
  return graph.apply('LayerNormalization', [x, graph.constant([width], norm.gamma), graph.constant([width], norm.beta)], {
    attributes: { axis: { int: -1 }, epsilon: { float: layerNormEpsilon } },
  });
}

/** `x` + `bias` onto the running sum, and that normalised for the next part. */
export function addAndNorm(graph: GraphBuilder, { x, bias, sum }: { x: string; bias: Float32Array; sum: string }, norm: Norm): { readonly normed: string; readonly sum: string } {
  const width = norm.gamma.length;
  const inputs = [x, sum, graph.constant([width], norm.gamma), graph.constant([width], norm.beta), graph.constant([width], bias)];
  const [normed, , , next] = graph.applyMany('SkipLayerNormalization', inputs, {
    contrib: true,
    attributes: { epsilon: { float: layerNormEpsilon } },
    outputs: [true, false, false, true],
  });
  return { normed: normed!, sum: next! };
}
