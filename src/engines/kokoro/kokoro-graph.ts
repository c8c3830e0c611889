/**
 * Kokoro's graph in three parts that run one after the other: `timing` (text to durations), `prosody` (pitch,
 * energy and text features a frame) and `decoder` (those to sound; 98 % of the work). Together they equal the
 * whole bit by bit, but for the generator's convolutions, which are turned from integers to floats. The cut pays three times: a sentence's prosody is known as a whole after 0.1 s, the decoder can
 * then work on one window of frames at a time, and durations give the times of words.
 */
import { AntiphonError } from '../../errors.ts';
import { crossingTensors } from '../../models/onnx/crossing-tensors.ts';
import { extractSubgraph } from '../../models/onnx/extract-subgraph.ts';
import { floatConvolutions } from '../../models/onnx/float-convolutions.ts';
import type { OnnxElementType } from '../../models/onnx/onnx-element-type.ts';
import { readOnnxModel } from '../../models/onnx/read-onnx-model.ts';
import type { OnnxModel } from '../../models/onnx/read-onnx-model.ts';
import { writeOnnxModel } from '../../models/onnx/write-onnx-model.ts';

/** Names of the inner tensors at the cuts, as the published export (thewh1teagle, v1.0) has them. */
export const kokoroTensors = {
  /** int64 [tokens]: frames of every token, the two zeros at the ends included. */
  durations: '/encoder/Gather_output_0',
  /** float32 [1, 512, frames]. */
  features: '/encoder/MatMul_1_output_0',
  /** float32 [1, 2 × frames], Hz; about 8 where unvoiced. */
  pitch: '/encoder/Reshape_output_0',
  /** float32 [1, 2 × frames]; −9 silence, 0 a stop's closure, 8 a stressed vowel. */
  energy: '/encoder/Reshape_1_output_0',
} as const;

export type CarriedTensor = { readonly name: string; readonly elementType: OnnxElementType };

export type KokoroGraph = {
  readonly timing: Uint8Array;
  readonly prosody: Uint8Array;
  readonly decoder: Uint8Array;
  /** What `timing` gives besides durations that `prosody` needs. */
  readonly carriedToProsody: readonly CarriedTensor[];
  /** What the decoder needs besides frames: the voice's timbre, made by `timing`. */
  readonly carriedToDecoder: readonly CarriedTensor[];
};

/** Errors: model_file_invalid where the file is damaged or another export of the model. */
export function cutKokoroGraph(file: Uint8Array): KokoroGraph {
  const model = readOnnxModel(file);
  const { durations, features, pitch, energy } = kokoroTensors;
  const frames = [features, pitch, energy].map((name) => ({ name, elementType: 'float32' as const }));
  const timed = { name: durations, elementType: 'int64' as const };
  for (const name of ['tokens', 'style', 'speed']) {
    if (!model.inputs.some((input) => input.name === name)) throw notKokoro(`input ${name}`);
  }
  const carriedToProsody = carriedAcross(model, { cut: [durations], outputs: frames.map(({ name }) => name) });
  const carriedToDecoder = carriedAcross(model, { cut: [features, pitch, energy], outputs: ['audio'] });
  const made = [...new Map([...carriedToProsody, ...carriedToDecoder].map((tensor) => [tensor.name, tensor])).values()];
  const write = (inputs: (string | CarriedTensor)[], outputs: (string | CarriedTensor)[]): Uint8Array =>
    writeOnnxModel(extractSubgraph(model, { inputs, outputs }));
  return {
    timing: write(['tokens', 'style', 'speed'], [timed, ...made]),
    prosody: write(['tokens', timed, ...carriedToProsody], frames),
    decoder: writeOnnxModel(fasterGenerator(extractSubgraph(model, { inputs: [...frames, ...carriedToDecoder], outputs: ['audio'] }))),
    carriedToProsody,
    carriedToDecoder,
  };
}

/**
 * The generator makes the samples and takes 85 % of the time with a third of the decoder's weights: there floats pay.
 * In the rest of the decoder they would win another 9 % for 93 MB more in every worker.
 */
export function fasterGenerator(model: OnnxModel): OnnxModel {
  return floatConvolutions(model, ({ name }) => name.includes('/generator/'));
}

function carriedAcross(model: OnnxModel, seam: { cut: readonly string[]; outputs: readonly string[] }): CarriedTensor[] {
  return crossingTensors(model, seam).tensors.map((name) => {
    const elementType = model.values.get(name)?.elementType;
    if (elementType === undefined) throw notKokoro(`a type for ${name}`);
    return { name, elementType };
  });
}

function notKokoro(missing: string): AntiphonError {
  return new AntiphonError('model_file_invalid', `The file is not the Kokoro model this engine knows: it lacks ${missing}.`);
}
