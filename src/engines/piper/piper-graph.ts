/**
 * Takes a Piper voice (VITS exported as one ONNX graph) apart: the text encoder, which needs the whole sentence, and
 * the flow and the decoder (HiFi-GAN), which look only some frames around and can be run in windows.
 */
import { AntiphonError } from '../../errors.ts';
import { crossingTensors } from '../../models/onnx/crossing-tensors.ts';
import { extractSubgraph, walkBack } from '../../models/onnx/extract-subgraph.ts';
import { readOnnxModel } from '../../models/onnx/read-onnx-model.ts';
import type { OnnxModel, OnnxNode } from '../../models/onnx/read-onnx-model.ts';
import { receptiveField } from '../../models/onnx/receptive-field.ts';
import type { ReceptiveField } from '../../models/onnx/receptive-field.ts';
import { writeOnnxModel } from '../../models/onnx/write-onnx-model.ts';
import { addPaceControl } from './pace-control.ts';

export type DecoderStageGraph = {
  readonly model: Uint8Array;
  readonly input: string;
  readonly output: string;
  /** Tensors of the encoder that it needs besides, without a time axis: the speaker embedding. */
  readonly carried: readonly string[];
  readonly field: ReceptiveField;
};

export type FlowGraph = {
  readonly model: Uint8Array;
  readonly input: string;
  readonly mask: string | undefined;
  readonly output: string;
  readonly carried: readonly string[];
  readonly field: ReceptiveField;
};

export type PiperGraphs = {
  readonly encoder: Uint8Array;
  /** True where the voice takes the speaker's number as input `sid`. */
  readonly takesSpeaker: boolean;
  /**
   * Name of the encoder's output with the durations in frames, one a phoneme id. Where it is known the encoder also
   * takes `antiphon_pace` (pace-control.ts); else only the input `scales` sets the pace, and roughly.
   */
  readonly durations: string | undefined;
  /**
   * How sound is made from the encoder's output. `whole`: the graph could not be cut safely and `encoder` gives the
   * samples of the sentence at once, in `samples`.
   */
  readonly decoder:
    | {
      readonly kind: 'windows';
      /** What the encoder gives: the flow's input, or the decoder's where the flow stayed in the encoder. */
      readonly latent: string;
      readonly carried: readonly string[];
      readonly flow: FlowGraph | undefined;
      readonly stages: readonly DecoderStageGraph[];
    }
    | { readonly kind: 'whole'; readonly samples: string };
};

/** Cuts a voice file's bytes. Errors: model_file_invalid where it is not a Piper voice. */
export function cutPiperGraph(bytes: Uint8Array): PiperGraphs {
  const voice = readOnnxModel(bytes);
  const ceils = voice.nodes.filter((node) => node.opType === 'Ceil');
  const rounding = ceils.length === 1 ? ceils[0] : undefined;
  const durations = rounding?.outputs[0];
  const model = rounding === undefined ? voice : addPaceControl(voice, rounding);
  const inputs = model.inputs.map((input) => input.name).filter((name) => !model.initializers.has(name));
  const samples = model.outputs[0]?.name;
  if (samples === undefined || !['input', 'input_lengths', 'scales'].every((name) => inputs.includes(name))) {
    throw new AntiphonError('model_file_invalid', 'The ONNX file is not a Piper voice.');
  }
  const exposed = durations === undefined ? [] : [durations];
  const takesSpeaker = inputs.includes('sid');
  const windows = decoderWindows(model, samples);
  const encoderOutputs = windows === undefined ? [samples] : [windows.latent, ...windows.carried];
  const encoder = writeOnnxModel(extractSubgraph(model, { inputs, outputs: [...encoderOutputs, ...exposed] }));
  return { encoder, takesSpeaker, durations, decoder: windows ?? { kind: 'whole', samples } };
}

/** undefined where the decoder is not found, or windows of it would not equal the whole. */
function decoderWindows(model: OnnxModel, samples: string): Extract<PiperGraphs['decoder'], { kind: 'windows' }> | undefined {
  const latent = model.nodes.find(isDecoderEntry)?.inputs[0];
  if (latent === undefined) return undefined;
  const crossing = crossingTensors(model, { cut: [latent], outputs: [samples] });
  const isForeign = (name: string): boolean => (model.values.get(name)?.elementType ?? 'float32') !== 'float32';
  if (crossing.graphInputs.length > 0 || crossing.tensors.some(isForeign)) return undefined;
  const second = secondUpsampling(model, { latent, carried: crossing.tensors, samples });
  const seams = second === undefined ? [latent, samples] : [latent, second, samples];
  const stages: DecoderStageGraph[] = [];
  for (const [index, input] of seams.slice(0, -1).entries()) {
    const stage = cutStage(model, { input, output: seams[index + 1]!, carried: index === 0 ? crossing.tensors : [] });
    if (stage === undefined) return undefined;
    stages.push(stage);
  }
  const flow = cutFlow(model, latent);
  const carried = [...new Set([...crossing.tensors, ...(flow?.carried ?? [])])];
  return { kind: 'windows', latent: flow?.input ?? latent, carried, flow, stages };
}

/**
 * From the prior with its noise to the latent. undefined where the graph does not look like it or windows would not
 * be exact: then the flow stays in the encoder, which is slower to the first sound and right all the same.
 */
function cutFlow(model: OnnxModel, latent: string): FlowGraph | undefined {
  const input = noisyPrior(model);
  if (input === undefined || input === latent) return undefined;
  const crossing = crossingTensors(model, { cut: [input], outputs: [latent] });
  const masks = crossing.tensors.filter((name) => makerOf(model, name)?.opType === 'Cast');
  const isForeign = (name: string): boolean => (model.values.get(name)?.elementType ?? 'float32') !== 'float32';
  if (crossing.graphInputs.length > 0 || masks.length > 1 || crossing.tensors.some(isForeign)) return undefined;
  const inputs = [input, ...crossing.tensors].map((name) => ({ name, elementType: 'float32' as const }));
  const part = extractSubgraph(model, { inputs, outputs: [{ name: latent, elementType: 'float32' }] });
  const field = receptiveField(part, { input, output: latent });
  if (field === undefined || field.upsampling !== 1) return undefined;
  return { model: writeOnnxModel(part), input, mask: masks[0], output: latent, carried: crossing.tensors.filter((name) => name !== masks[0]), field };
}

/** mean + noise · deviation: the sum that the last random draw of the graph ends in. */
function noisyPrior(model: OnnxModel): string | undefined {
  let name = model.nodes.findLast(({ opType }) => opType.startsWith('RandomNormal'))?.outputs[0];
  for (let steps = 0; name !== undefined && steps < 4; steps++) {
    const users = model.nodes.filter((node) => node.inputs.includes(name!));
    const [user] = users;
    if (users.length !== 1 || user === undefined) return undefined;
    if (user.opType === 'Add') return user.outputs[0];
    if (user.opType !== 'Mul') return undefined;
    name = user.outputs[0];
  }
  return undefined;
}

function makerOf(model: OnnxModel, name: string): OnnxNode | undefined {
  return model.nodes.find(({ outputs }) => outputs.includes(name));
}

/** `dec.conv_pre` is the decoder's first convolution in every VITS; exporters keep the name of its weight or node. */
function isDecoderEntry(node: OnnxNode): boolean {
  return node.opType === 'Conv' && (node.inputs[1]?.endsWith('dec.conv_pre.weight') === true || node.name.includes('/dec/conv_pre/'));
}

/**
 * The tensor before the second upsampling. The wide context is needed by the layers before it, most of the work is
 * in those after it: with a seam here, windows waste a third of what they would in one piece.
 */
function secondUpsampling(model: OnnxModel, decoder: { latent: string; carried: readonly string[]; samples: string }): string | undefined {
  const stopAt = new Set([decoder.latent, ...decoder.carried]);
  const nodes = walkBack(model, { from: [decoder.samples], stopAt }).nodes;
  const seam = nodes.filter((node) => node.opType === 'ConvTranspose')[1]?.inputs[0];
  if (seam === undefined) return undefined;
  const behind = walkBack(model, { from: [decoder.samples], stopAt: new Set([seam]) });
  const needsMore = behind.unmade.length > 0 || behind.nodes.some((node) => [...node.inputs, ...node.captures].some((name) => stopAt.has(name)));
  return needsMore ? undefined : seam;
}

function cutStage(model: OnnxModel, stage: { input: string; output: string; carried: readonly string[] }): DecoderStageGraph | undefined {
  const inputs = [stage.input, ...stage.carried].map((name) => ({ name, elementType: 'float32' as const }));
  const part = extractSubgraph(model, { inputs, outputs: [{ name: stage.output, elementType: 'float32' }] });
  const field = receptiveField(part, stage);
  return field === undefined ? undefined : { ...stage, model: writeOnnxModel(part), field };
}
