/** A stretch of a [1, channels, time] tensor. */
import type { OnnxTensor } from '../onnx-session.ts';
import type { FrameRange } from './window-plan.ts';

export type FloatTensor = Extract<OnnxTensor, { readonly type: 'float32' }>;

/** A copy of the stretch, or the tensor itself where that is all of it. */
export function sliceTime(tensor: FloatTensor, range: FrameRange): FloatTensor {
  const steps = tensor.dims[2]!;
  if (range.start === 0 && range.end === steps) return tensor;
  const channels = tensor.dims[1]!;
  const length = range.end - range.start;
  const data = new Float32Array(channels * length);
  for (let channel = 0; channel < channels; channel++) {
    const row = channel * steps;
    data.set(tensor.data.subarray(row + range.start, row + range.end), channel * length);
  }
  return { type: 'float32', data, dims: [1, channels, length] };
}
