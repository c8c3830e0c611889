/** Cuts a model: the part that leads from given tensors to given tensors, as a model of its own. */
import { AntiphonError } from '../../errors.ts';
import type { OnnxInitializer, OnnxModel, OnnxNode, OnnxValue } from './read-onnx-model.ts';
import { valueInfo } from './write-onnx-model.ts';
import type { ValueDeclaration } from './write-onnx-model.ts';

export type SubgraphCut = {
  /**
   * Where the part begins: graph inputs or inner tensors. Inner ones need an element type unless the exporter
   * annotated it. Graph inputs that are not listed may not be needed.
   */
  readonly inputs: readonly (string | ValueDeclaration)[];
  readonly outputs: readonly (string | ValueDeclaration)[];
};

/**
 * The nodes and initialisers needed to compute `outputs` from `inputs`, in file order, with views on the same bytes.
 * Errors: model_file_invalid where an output is unknown, or where it needs a graph input that is not in `inputs`
 * (crossingTensors says what a cut has to carry along).
 */
export function extractSubgraph(model: OnnxModel, cut: SubgraphCut): OnnxModel {
  const inputs = cut.inputs.map((input) => boundaryValue(model, input));
  const outputs = cut.outputs.map((output) => boundaryValue(model, output));
  for (const input of inputs) {
    if (input.elementType === undefined) throw new AntiphonError('model_file_invalid', `The type of tensor ${input.name} is not known; the cut has to state it.`);
  }
  const reached = walkBack(model, { from: outputs.map((output) => output.name), stopAt: new Set(inputs.map((input) => input.name)) });
  const missing = reached.unmade[0];
  if (missing !== undefined) throw new AntiphonError('model_file_invalid', `The cut needs tensor ${missing}, which is not among its inputs.`);
  const boundary = new Set([...inputs, ...outputs].map((value) => value.name));
  const made = new Set(reached.nodes.flatMap((node) => node.outputs));
  return {
    graphName: model.graphName,
    surroundings: model.surroundings,
    nodes: reached.nodes,
    initializers: reached.initializers,
    inputs,
    outputs,
    values: new Map([...model.values].filter(([name]) => made.has(name) && !boundary.has(name))),
  };
}

/** What lies behind some tensors when one walks against the edges. */
export type Reached = {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxInitializer>;
  /** Names that neither a node, an initialiser nor `stopAt` accounts for: graph inputs, or unknown ones. */
  readonly unmade: readonly string[];
};

export function walkBack(model: OnnxModel, walk: { from: readonly string[]; stopAt: ReadonlySet<string> }): Reached {
  const maker = new Map<string, OnnxNode>();
  for (const node of model.nodes) for (const output of node.outputs) maker.set(output, node);
  const needed = new Set<OnnxNode>();
  const initializers = new Map<string, OnnxInitializer>();
  const unmade = new Set<string>();
  const seen = new Set<string>();
  const open = [...walk.from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === '' || seen.has(name) || walk.stopAt.has(name)) continue;
    seen.add(name);
    const node = maker.get(name);
    const initializer = model.initializers.get(name);
    if (node !== undefined) {
      if (!needed.has(node)) open.push(...node.inputs, ...node.captures);
      needed.add(node);
    } else if (initializer !== undefined) initializers.set(name, initializer);
    else unmade.add(name);
  }
  return { nodes: model.nodes.filter((node) => needed.has(node)), initializers, unmade: [...unmade] };
}

function boundaryValue(model: OnnxModel, given: string | ValueDeclaration): OnnxValue {
  const stated: ValueDeclaration = typeof given === 'string' ? { name: given } : given;
  const known = [...model.inputs, ...model.outputs].find((value) => value.name === stated.name);
  if (known !== undefined && stated.elementType === undefined && stated.dims === undefined) return known;
  const elementType = stated.elementType ?? known?.elementType ?? model.values.get(stated.name)?.elementType;
  const value = { name: stated.name, elementType, dims: stated.dims };
  return { ...value, bytes: valueInfo(value) };
}
