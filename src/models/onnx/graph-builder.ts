/** Puts a graph together step by step: every operation gives the name of what it makes. */
import { createOnnxGraphWriter, type AttributeValue, type OnnxGraphWriter, type OnnxTensorData } from './onnx-graph-writer.ts';

export type GraphBuilder = {
  readonly writer: OnnxGraphWriter;
  /** Adds a weight or constant. */
  constant(dims: readonly number[], data: OnnxTensorData): string;
  integers(...values: readonly number[]): string;
  /** Adds an operation of one output. Names of `contrib` are the runtime's own operators (com.microsoft). */
  apply(opType: string, inputs: readonly string[], options?: ApplyOptions): string;
  /** `x` in so many equal parts of its last axis. */
  split(x: string, parts: number): readonly string[];
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

  return {
    writer,
    constant,
    integers: (...values) => constant([values.length], BigInt64Array.from(values, BigInt)),
    apply(opType, inputs, { attributes = {}, contrib = false } = {}) {
      const output = newName();
      writer.node({ opType, inputs, outputs: [output], attributes, ...(contrib ? { domain: 'com.microsoft' } : {}) });
      return output;
    },
    split(x, parts) {
      const outputs = Array.from({ length: parts }, newName);
      writer.node({ opType: 'Split', inputs: [x], outputs, attributes: { axis: { int: -1 }, num_outputs: { int: parts } } });
      return outputs;
    },
    expose(name, tensor) {
      writer.node({ opType: 'Identity', inputs: [tensor], outputs: [name] });
      writer.output({ name });
    },
  };
}
