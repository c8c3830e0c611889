/** Cuts a stream of PCM into frames of a fixed length, or passes chunks through where no length is asked for. */
import { createResampler, type Resampler } from '../audio/resample.ts';
import type { PcmChunk } from '../audio/pcm.ts';

export type Frame = { readonly samples: Float32Array; readonly sampleRateHz: number; readonly durationMs: number };

export type Framer = {
  readonly push: (chunk: PcmChunk) => Frame[];
  /** What is left, filled up with silence to a whole frame. */
  readonly finish: () => Frame[];
  readonly close: () => void;
};

export type FramerOptions = {
  readonly inputRateHz: number;
  readonly outputRateHz: number;
  /** undefined: frames as long as the chunks. */
  readonly frameMs: number | undefined;
};

export function createFramer({ inputRateHz, outputRateHz, frameMs }: FramerOptions): Framer {
  const resampler: Resampler | undefined = inputRateHz === outputRateHz ? undefined : createResampler({ fromHz: inputRateHz, toHz: outputRateHz });
  const frameSamples = frameMs === undefined ? undefined : Math.round((outputRateHz * frameMs) / 1000);
  let rest = new Float32Array(0);

  const frame = (samples: Float32Array): Frame => ({ samples, sampleRateHz: outputRateHz, durationMs: (samples.length / outputRateHz) * 1000 });

  function cut(samples: Float32Array): Frame[] {
    if (frameSamples === undefined) return samples.length === 0 ? [] : [frame(samples)];
    const all = rest.length === 0 ? samples : concatenate(rest, samples);
    const frames: Frame[] = [];
    let at = 0;
    for (; at + frameSamples <= all.length; at += frameSamples) frames.push(frame(all.subarray(at, at + frameSamples)));
    rest = all.slice(at);
    return frames;
  }

  return {
    push: ({ samples }) => cut(resampler ? resampler.push(samples) : samples),
    finish: () => {
      const frames = resampler ? cut(resampler.finish()) : [];
      if (rest.length > 0 && frameSamples !== undefined) frames.push(frame(concatenate(rest, new Float32Array(frameSamples - rest.length))));
      rest = new Float32Array(0);
      return frames;
    },
    close: () => resampler?.close(),
  };
}

function concatenate(first: Float32Array, second: Float32Array): Float32Array<ArrayBuffer> {
  const joined = new Float32Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
