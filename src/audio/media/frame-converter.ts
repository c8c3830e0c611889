/** Decoded frames of any type, rate and layout to mono samples at one rate. */
import type { Frame } from 'node-av/lib';
import { AV_CHANNEL_ORDER_NATIVE } from 'node-av/constants';
import { createResampler, type Resampler } from '../resample.ts';
import { joinSamples } from '../silence.ts';
import { channelsOf } from './frame-channels.ts';
import { createMonoMixer, type MonoMixer } from './mono-mixer.ts';

type Source = { readonly sampleRateHz: number; readonly channels: number };

export type FrameConverter = Disposable & {
  /** Yields pieces of a quarter to one second, the last one shorter. */
  convert(frames: Iterable<Frame>): Generator<Float32Array, void, undefined>;
  /** Of the first frame. */
  source(): Source;
};

/** Below and above, nothing is speech, and the resampler takes no such rate. */
const sourceRatesHz = { min: 1000, max: 768_000 };
const maxChannels = 64;

/** Places of speakers in FFmpeg's channel masks. */
const lowFrequencyPlaces = [3, 35];
const frontPlaces = [0, 1, 2, 6, 7, 29, 30, 31, 32];

/** A stream may change its rate and channels midway (chained Ogg, a second programme); the sound goes on. */
export function createFrameConverter(options: { toHz: number }): FrameConverter {
  let stage: (Source & { readonly mixer: MonoMixer; readonly resampler: Resampler }) | undefined;
  let first: Source | undefined;

  function stageFor(frame: Frame): { readonly before: Float32Array; readonly stage: NonNullable<typeof stage> } {
    if (stage?.sampleRateHz === frame.sampleRate && stage.channels === frame.channels) return { before: new Float32Array(0), stage };
    const before = stage?.resampler.finish() ?? new Float32Array(0);
    stage?.resampler.close();
    const source = { sampleRateHz: frame.sampleRate, channels: frame.channels };
    first ??= source;
    stage = {
      ...source,
      mixer: createMonoMixer({ weights: weightsOf(frame), sampleRateHz: frame.sampleRate }),
      resampler: createResampler({ fromHz: frame.sampleRate, toHz: options.toHz }),
    };
    return { before, stage };
  }

  return {
    *convert(frames) {
      let held: Float32Array[] = [];
      let heldSamples = 0;
      const hold = (samples: Float32Array): void => {
        held.push(samples);
        heldSamples += samples.length;
      };
      for (const frame of frames) {
        if (!isReadable(frame)) continue;
        const { before, stage: current } = stageFor(frame);
        hold(before);
        hold(current.resampler.push(current.mixer.mix(channelsOf(frame))));
        if (heldSamples * 4 < options.toHz) continue;
        yield* inSeconds(held, options.toHz);
        held = [];
        heldSamples = 0;
      }
      hold(stage?.resampler.finish() ?? new Float32Array(0));
      yield* inSeconds(held, options.toHz);
    },
    source: () => first ?? { sampleRateHz: options.toHz, channels: 1 },
    [Symbol.dispose]: () => stage?.resampler.close(),
  };
}

function isReadable(frame: Frame): boolean {
  return frame.sampleRate >= sourceRatesHz.min && frame.sampleRate <= sourceRatesHz.max && frame.channels >= 1 && frame.channels <= maxChannels;
}

function* inSeconds(parts: readonly Float32Array[], sampleRateHz: number): Generator<Float32Array, void, undefined> {
  const samples = joinSamples(parts);
  for (let at = 0; at < samples.length; at += sampleRateHz) yield samples.subarray(at, at + sampleRateHz);
}

/** Front channels whole, those beside and behind half, the one for low notes not at all: there is no voice in it. */
function weightsOf(frame: Frame): readonly number[] {
  const all = Array.from({ length: frame.channels }, () => 1);
  const { order, mask } = frame.channelLayout;
  if (order !== AV_CHANNEL_ORDER_NATIVE) return all;
  const places = Array.from({ length: 64 }, (_, place) => place).filter((place) => ((mask >> BigInt(place)) & 1n) === 1n);
  if (places.length !== frame.channels) return all;
  const weights = places.map((place) => (lowFrequencyPlaces.includes(place) ? 0 : frontPlaces.includes(place) ? 1 : 0.5));
  return weights.some((weight) => weight > 0) ? weights : all;
}
