/** Runs a Piper voice's decoder on a stretch of frames, with just the context that makes the result exact. */
import { AntiphonError } from '../../errors.ts';
import type { OnnxSession, OnnxTensor } from '../onnx-session.ts';
import type { ReceptiveField } from '../../models/onnx/receptive-field.ts';
import { sliceTime, type FloatTensor } from './time-slice.ts';
import type { FrameRange } from './window-plan.ts';

export type DecoderStage = {
  readonly session: OnnxSession;
  readonly input: string;
  readonly output: string;
  readonly carried: readonly string[];
  readonly field: ReceptiveField;
};

/** What the encoder made of a sentence. */
export type EncodedSentence = {
  /** [1, channels, frames]. */
  readonly latent: FloatTensor;
  /** By name, as the stages' `carried` ask for. */
  readonly carried: ReadonlyMap<string, FloatTensor>;
};

/** Samples that one frame becomes. */
export function samplesPerFrame(stages: readonly DecoderStage[]): number {
  return stages.reduce((product, stage) => product * stage.field.upsampling, 1);
}

/** The last frame of the latent, exclusive, that decoding up to `end` looks at. */
export function latentNeededFor(stages: readonly DecoderStage[], { end, frameCount }: { end: number; frameCount: number }): number {
  return rangesNeeded(stages, { frames: { start: 0, end }, frameCount })[0]?.end ?? end;
}

/**
 * The samples of the given frames, equal to what decoding the whole sentence gives for them up to rounding.
 * Errors: engine_failed.
 */
export async function decodeFrames(stages: readonly DecoderStage[], sentence: EncodedSentence, frames: FrameRange): Promise<Float32Array> {
  const needs = rangesNeeded(stages, { frames, frameCount: sentence.latent.dims[2]! });
  let tensor = sentence.latent;
  let origin = 0;
  for (const [index, stage] of stages.entries()) {
    const need = needs[index]!;
    const part = sliceTime(tensor, { start: need.start - origin, end: need.end - origin });
    const feeds: Record<string, OnnxTensor> = { [stage.input]: part };
    for (const name of stage.carried) feeds[name] = sentence.carried.get(name) ?? part;
    tensor = (await stage.session.run(feeds, [stage.output])).get(stage.output, 'float32');
    origin = need.start * stage.field.upsampling;
    if (timeSteps(tensor, index === stages.length - 1) !== (need.end - need.start) * stage.field.upsampling) {
      throw new AntiphonError('engine_failed', 'The voice made another amount of sound than its graph says.');
    }
  }
  const scale = samplesPerFrame(stages);
  return tensor.data.slice(frames.start * scale - origin, frames.end * scale - origin);
}

/** For each stage the stretch of its input, in its own steps, cut at the sentence's ends as the whole run is. */
function rangesNeeded(stages: readonly DecoderStage[], { frames, frameCount }: { frames: FrameRange; frameCount: number }): FrameRange[] {
  const scale = samplesPerFrame(stages);
  const needs: FrameRange[] = [];
  let need: FrameRange = { start: frames.start * scale, end: frames.end * scale };
  let steps = frameCount * scale;
  for (const { field } of stages.toReversed()) {
    steps /= field.upsampling;
    need = {
      start: Math.max(0, Math.floor(need.start / field.upsampling) - field.left),
      end: Math.min(steps, Math.ceil(need.end / field.upsampling) + field.right),
    };
    needs.unshift(need);
  }
  return needs;
}

/** The last stage gives [1, 1, 1, samples] or similar; the ones before [1, channels, steps]. */
function timeSteps(tensor: FloatTensor, isLast: boolean): number {
  return isLast ? tensor.data.length : tensor.dims.at(-1)!;
}
