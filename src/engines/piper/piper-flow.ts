/**
 * Runs a Piper voice's flow, which turns the encoder's noisy prior into the decoder's latent, on a stretch of frames.
 * It is the costliest part before the first sound; like the decoder it looks only some frames around, so the first
 * window needs a fraction of it.
 */
import type { OnnxSession, OnnxTensor } from '../onnx-session.ts';
import type { ReceptiveField } from '../../models/onnx/receptive-field.ts';
import { sliceTime, type FloatTensor } from './time-slice.ts';

export type FlowStage = {
  readonly session: OnnxSession;
  /** The prior [1, channels, frames]. */
  readonly input: string;
  /** [1, 1, frames], 1 where a frame belongs to the sentence: everywhere, because sentences are never padded here. */
  readonly mask: string | undefined;
  readonly output: string;
  /** Tensors without a time axis that it needs besides: the speaker embedding. */
  readonly carried: readonly string[];
  readonly field: ReceptiveField;
};

export type Flow = {
  /** [1, channels, frames]; right up to the frame that `extendTo` was last asked for. */
  readonly latent: FloatTensor;
  /** Computes what is missing up to the frame, and some more where that saves context. Errors: engine_failed. */
  readonly extendTo: (frame: number) => Promise<void>;
};

/** After the first stretch: long enough that the context of 32 frames a side is a small part, short enough for a step. */
const stretchFrames = 512;

export function startFlow(stage: FlowStage, prior: FloatTensor, carried: ReadonlyMap<string, FloatTensor>): Flow {
  const [, channels = 0, frames = 0] = prior.dims;
  const latent: FloatTensor = { type: 'float32', data: new Float32Array(channels * frames), dims: prior.dims };
  let done = 0;

  async function compute(start: number, end: number): Promise<void> {
    const from = Math.max(0, start - stage.field.left);
    const to = Math.min(frames, end + stage.field.right);
    const feeds: Record<string, OnnxTensor> = { [stage.input]: sliceTime(prior, { start: from, end: to }) };
    if (stage.mask !== undefined) feeds[stage.mask] = { type: 'float32', data: new Float32Array(to - from).fill(1), dims: [1, 1, to - from] };
    for (const name of stage.carried) {
      const tensor = carried.get(name);
      if (tensor) feeds[name] = tensor;
    }
    const { data } = (await stage.session.run(feeds, [stage.output])).get(stage.output, 'float32');
    for (let channel = 0; channel < channels; channel++) {
      const row = channel * (to - from);
      latent.data.set(data.subarray(row + start - from, row + end - from), channel * frames + start);
    }
  }

  return {
    latent,
    extendTo: async (frame) => {
      const needed = Math.min(frame, frames);
      if (needed <= done) return;
      const wanted = done === 0 ? needed : Math.max(needed, done + stretchFrames);
      // A short rest costs less now than with a context of its own.
      const end = frames - wanted < 2 * stage.field.right ? frames : wanted;
      await compute(done, end);
      done = end;
    },
  };
}
