/**
 * Gives a Piper voice an exact pace. VITS multiplies durations by `length_scale` and rounds each up to whole frames,
 * so at speed 2 a sentence keeps 60 % of its length, and below a frame a phoneme it cannot go. Scaling the ends of
 * the rounded durations instead gives every speed exactly, and leaves speed 1 as it was, bit by bit.
 */
import { createOnnxGraphWriter } from '../../models/onnx/onnx-graph-writer.ts';
import { readOnnxModel } from '../../models/onnx/read-onnx-model.ts';
import type { OnnxModel, OnnxNode } from '../../models/onnx/read-onnx-model.ts';
import { replaceNode } from '../../models/onnx/replace-node.ts';

/** The added input: float32 scalar, length of the result for a length of 1; 0.5 is twice as fast. */
export const paceInput = 'antiphon_pace';

/** `ceil` is the node that rounds durations up; its output then holds the paced durations, still whole frames. */
export function addPaceControl(model: OnnxModel, ceil: OnnxNode): OnnxModel {
  const [input, output] = [ceil.inputs[0] ?? '', ceil.outputs[0] ?? ''];
  const graph = createOnnxGraphWriter({ graphName: 'pace', opsets: { '': 15 } });
  const name = (part: string): string => `${paceInput}/${part}`;
  const node = (opType: string, inputs: string[], made: string): void => graph.node({ opType, inputs, outputs: [made] });
  graph.input({ name: paceInput, elementType: 'float32', dims: [] });
  graph.initializer({ name: name('time_axis'), dims: [], data: BigInt64Array.of(-1n) });
  node('Ceil', [input], name('durations'));
  node('CumSum', [name('durations'), name('time_axis')], name('ends'));
  node('Sub', [name('ends'), name('durations')], name('starts'));
  for (const edge of ['starts', 'ends']) {
    node('Mul', [name(edge), paceInput], name(`${edge}_scaled`));
    node('Round', [name(`${edge}_scaled`)], name(`${edge}_paced`));
  }
  node('Sub', [name('ends_paced'), name('starts_paced')], output);
  return replaceNode(model, ceil, readOnnxModel(graph.modelBytes()));
}
