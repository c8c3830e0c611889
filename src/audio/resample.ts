/** Changes the sample rate of a mono stream; state is kept from chunk to chunk, so the borders are not heard. */
import { createRequire } from 'node:module';
import type * as constantsModule from 'node-av/constants';
import type * as ffmpegModule from 'node-av/lib';
import { AntiphonError } from '../errors.ts';

export type Resampler = {
  /** What can be said of the output so far; up to 3 ms of input are held back. May be empty. */
  push(samples: Float32Array): Float32Array;
  /** The rest, so that all output together has round(n · toHz / fromHz) samples for n of input. */
  finish(): Float32Array;
  /** Frees native memory. Idempotent. */
  close(): void;
};

// 64 taps a phase and the pass band up to 95 % of the lower Nyquist frequency; phases exact for the two rates.
const filter = { filter_size: 64, cutoff: 0.95, exact_rational: 1, linear_interp: 0 } as const;

const empty = new Float32Array(0);

/** FFmpeg is loaded with the first rate that has to be changed: a worker that never changes one keeps 8 MB less. */
const load = createRequire(import.meta.url);
const ffmpeg = () => load('node-av/lib') as typeof ffmpegModule;
const constants = () => load('node-av/constants') as typeof constantsModule;

/**
 * FFmpeg's swresample. Measured against @alexanderolsen/libsamplerate-js 2.1.2 with sines at −0.9 dBFS between
 * 22.05/24 and 48/24/16/8 kHz: swresample 102–145 dB SNR at half and 80 % of the lower Nyquist, flat within 0.3 dB
 * up to 90 %, aliases at −93 dB or less, 0.1–0.3 ms a second of audio, length exact. libsamplerate "medium" has
 * 114–158 dB and −118 dB for 7–16 ms, "fastest" loses 2.8 dB at 80 % and takes 5–10 ms; neither lets go of its last
 * 20–100 samples through that package, and each stream is a WASM instance of its own.
 *
 * Rates: 1000…768000 Hz. Errors: encoding_failed.
 */
export function createResampler(options: { fromHz: number; toHz: number }): Resampler {
  if (options.fromHz === options.toHz) return { push: (samples) => samples, finish: () => empty, close: () => {} };
  const context = openContext(options);
  let taken = 0;
  let given = 0;
  let closed = false;

  const convert = (input: Float32Array | undefined): Float32Array => {
    if (closed) throw new AntiphonError('encoding_failed', 'The resampler was closed.');
    const room = context.getOutSamples(input?.length ?? 0) + 64;
    const output = new Float32Array(room);
    const made = context.convertSync([asBuffer(output)], room, input ? [asBuffer(input)] : null, input?.length ?? 0);
    if (made < 0) throw failure(made);
    return output.subarray(0, made);
  };

  return {
    push(samples) {
      if (samples.length === 0) return empty;
      taken += samples.length;
      const output = convert(samples);
      given += output.length;
      return output;
    },
    finish() {
      const wanted = Math.round((taken * options.toHz) / options.fromHz) - given;
      if (wanted <= 0) return empty;
      const tail = convert(undefined);
      const exact = new Float32Array(wanted);
      exact.set(tail.subarray(0, wanted));
      given += wanted;
      return exact;
    },
    close() {
      if (closed) return;
      closed = true;
      context.free();
    },
  };
}

function openContext(options: { fromHz: number; toHz: number }): ffmpegModule.SoftwareResampleContext {
  const { AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_FLT } = constants();
  const context = new (ffmpeg().SoftwareResampleContext)();
  try {
    const mono = AV_CHANNEL_LAYOUT_MONO;
    const code = context.allocSetOpts2(mono, AV_SAMPLE_FMT_FLT, options.toHz, mono, AV_SAMPLE_FMT_FLT, options.fromHz);
    if (code < 0) throw failure(code);
    for (const [name, value] of Object.entries(filter)) {
      const set = context.setOption(name, value);
      if (set < 0) throw failure(set);
    }
    const opened = context.init();
    if (opened < 0) throw failure(opened);
    return context;
  } catch (error) {
    context.free();
    throw error;
  }
}

function asBuffer(samples: Float32Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

function failure(code: number): AntiphonError {
  return new AntiphonError('encoding_failed', 'The audio could not be brought to another sample rate.', { cause: ffmpeg().FFmpegError.fromCode(code) });
}
