/**
 * Whole audio files to mono samples, for what we made ourselves: tests, benches, the CLI's playback. It runs FFmpeg's
 * demuxers in this process without limits, so never give it bytes of a stranger: those are for media/, which decodes
 * in a child process with a cap on memory, time and length.
 */
import { Decoder, Demuxer } from 'node-av/api';
import { Log, type Frame } from 'node-av/lib';
import { AVMEDIA_TYPE_AUDIO, AV_LOG_FATAL } from 'node-av/constants';
import { AntiphonError } from '../errors.ts';
import { channelsOf } from './media/frame-channels.ts';
import { createResampler } from './resample.ts';
import type { PcmChunk } from './pcm.ts';
import { joinSamples } from './silence.ts';

// Some demuxers comment on the end of a stream on stderr; failures come as thrown errors.
Log.setLevel(AV_LOG_FATAL);

/** What headerless bytes are, since nothing in them says so. */
export type RawAudioKind = { readonly sampleType: 's16le' | 'mulaw' | 'alaw'; readonly sampleRateHz: number };

/**
 * Decodes all of `bytes`, mixes its channels to mono and, where `toHz` is given, resamples. `raw` is for headerless
 * PCM and G.711; all else is recognised by its content. Codec delay that the container declares is removed.
 * Errors: input_invalid (nothing audible could be read).
 */
export async function decodeTrustedAudio(options: { bytes: Uint8Array; raw?: RawAudioKind; toHz?: number }): Promise<PcmChunk> {
  const { samples, sampleRateHz } = await decodeAll(options.bytes, options.raw);
  if (options.toHz === undefined || options.toHz === sampleRateHz) return { samples, sampleRateHz };
  const resampler = createResampler({ fromHz: sampleRateHz, toHz: options.toHz });
  try {
    return { samples: joinSamples([resampler.push(samples), resampler.finish()]), sampleRateHz: options.toHz };
  } finally {
    resampler.close();
  }
}

async function decodeAll(bytes: Uint8Array, raw: RawAudioKind | undefined): Promise<PcmChunk> {
  const parts: Float32Array[] = [];
  let sampleRateHz = 0;
  try {
    const format = raw === undefined ? {} : { format: raw.sampleType, options: { sample_rate: raw.sampleRateHz, ch_layout: 'mono' } };
    await using input = await Demuxer.open(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), format);
    const stream = input.findBestStream(AVMEDIA_TYPE_AUDIO);
    if (stream === undefined) throw new AntiphonError('input_invalid', 'There is no audio in this file.');
    using decoder = await Decoder.create(stream);
    for await (using frame of decoder.frames(input.packets(stream.index))) {
      if (frame === null) continue;
      sampleRateHz = frame.sampleRate;
      parts.push(monoOf(frame));
    }
  } catch (error) {
    if (error instanceof AntiphonError) throw error;
    throw new AntiphonError('input_invalid', 'This audio could not be read.', { cause: error });
  }
  if (parts.length === 0) throw new AntiphonError('input_invalid', 'There is no sound in this file.');
  return { samples: joinSamples(parts), sampleRateHz };
}

function monoOf(frame: Frame): Float32Array {
  const channels = channelsOf(frame);
  if (channels.length === 1) return channels[0]!;
  return Float32Array.from({ length: frame.nbSamples }, (_, i) => channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length);
}
