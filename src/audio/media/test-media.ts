/** Media files of known sound, made with FFmpeg's encoders and muxers; for tests only. */
import { avChannelLayoutDefault, Codec, CodecContext, Dictionary, FFmpegError, FormatContext, Frame, Log, Packet, Rational, SoftwareResampleContext, type Stream } from 'node-av/lib';
import { AVFMT_GLOBALHEADER, AV_CODEC_FLAG_GLOBAL_HEADER, AV_LOG_QUIET, AV_PIX_FMT_YUV420P, AV_SAMPLE_FMT_FLT, type FFEncoderCodec } from 'node-av/constants';

Log.setLevel(AV_LOG_QUIET);

export type TestSound = {
  /** One array a channel, all of one length. */
  readonly channels: readonly Float32Array[];
  readonly sampleRateHz: number;
  /** FFmpeg's encoder. */
  readonly codec: string;
};

export type TestMedia = {
  /** FFmpeg's muxer. */
  readonly format: string;
  readonly muxerOptions?: Readonly<Record<string, string>>;
  readonly sound?: TestSound;
  /** Moving pictures for so long. */
  readonly pictureSeconds?: number;
};

type Track = { readonly encoder: CodecContext; readonly stream: Stream; readonly frames: Iterable<Frame> };

/** Writes a file with a sound track, moving pictures, or both; the tracks one after the other. */
export function writeMedia(path: string, media: TestMedia): void {
  const output = new FormatContext();
  check(output.allocOutputContext2(null, media.format, path));
  const tracks = [
    ...(media.pictureSeconds === undefined ? [] : [pictureTrack(output, media.pictureSeconds)]),
    ...(media.sound === undefined ? [] : [soundTrack(output, media.sound)]),
  ];
  check(output.openOutputSync());
  check(output.writeHeaderSync(Dictionary.fromObject(media.muxerOptions ?? {})));
  for (const track of tracks) writeTrack(output, track);
  check(output.writeTrailerSync());
  output.closeOutputSync();
  for (const { encoder } of tracks) encoder.freeContext();
  output.freeContext();
}

function writeTrack(output: FormatContext, { encoder, stream, frames }: Track): void {
  const packet = new Packet();
  packet.alloc();
  const drain = (): void => {
    while (encoder.receivePacketSync(packet) >= 0) {
      packet.streamIndex = stream.index;
      packet.rescaleTs(encoder.timeBase, stream.timeBase);
      check(output.interleavedWriteFrameSync(packet));
    }
  };
  for (const frame of frames) {
    check(encoder.sendFrameSync(frame));
    frame.free();
    drain();
  }
  check(encoder.sendFrameSync(null));
  drain();
  packet.free();
}

function soundTrack(output: FormatContext, sound: TestSound): Track {
  const layout = avChannelLayoutDefault(sound.channels.length);
  const { encoder, stream } = openTrack(output, sound.codec, (context, codec) => {
    context.sampleRate = sound.sampleRateHz;
    context.channelLayout = layout;
    context.sampleFormat = codec.sampleFormats?.[0] ?? AV_SAMPLE_FMT_FLT;
    context.timeBase = new Rational(1, sound.sampleRateHz);
    context.bitRate = 128_000n;
    if (sound.codec !== 'dca') return;
    // FFmpeg counts its encoder for DTS among the experimental ones.
    check(context.setOption('strict', -2));
    context.bitRate = 768_000n;
  });
  return { encoder, stream, frames: soundFrames(sound, encoder) };
}

function pictureTrack(output: FormatContext, seconds: number): Track {
  const [width, height, perSecond] = [64, 48, 10];
  const { encoder, stream } = openTrack(output, 'mpeg4', (context) => {
    Object.assign(context, { width, height, pixelFormat: AV_PIX_FMT_YUV420P, timeBase: new Rational(1, perSecond) });
  });
  const frames = Array.from({ length: seconds * perSecond }, (_, index) =>
    Frame.fromVideoBuffer(Buffer.alloc((width * height * 3) / 2, index % 256), { width, height, format: AV_PIX_FMT_YUV420P, pts: BigInt(index), timeBase: { num: 1, den: perSecond } }));
  return { encoder, stream, frames };
}

function openTrack(output: FormatContext, name: string, configure: (context: CodecContext, codec: Codec) => void): Pick<Track, 'encoder' | 'stream'> {
  const codec = Codec.findEncoderByName(name as FFEncoderCodec);
  if (codec === null) throw new Error(`This build has no encoder ${name}.`);
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  configure(encoder, codec);
  encoder.threadCount = 1;
  if (output.oformat?.hasFlags(AVFMT_GLOBALHEADER)) encoder.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  check(encoder.open2Sync(codec));
  const stream = output.newStream();
  check(stream.codecpar.fromContext(encoder));
  stream.timeBase = encoder.timeBase;
  return { encoder, stream };
}

/** In the encoder's own sample type and frame size. */
function* soundFrames({ channels, sampleRateHz }: TestSound, encoder: CodecContext): Generator<Frame> {
  const layout = encoder.channelLayout;
  const length = channels[0]!.length;
  const frameSamples = encoder.frameSize > 0 ? encoder.frameSize : 1024;
  const converter = new SoftwareResampleContext();
  check(converter.allocSetOpts2(layout, encoder.sampleFormat, sampleRateHz, layout, AV_SAMPLE_FMT_FLT, sampleRateHz));
  check(converter.init());
  for (let at = 0; at < length; at += frameSamples) {
    const nbSamples = Math.min(frameSamples, length - at);
    const interleaved = Float32Array.from({ length: nbSamples * channels.length }, (_, i) => channels[i % channels.length]![at + Math.floor(i / channels.length)]!);
    const given = Frame.fromAudioBuffer(Buffer.from(interleaved.buffer), { nbSamples, format: AV_SAMPLE_FMT_FLT, sampleRate: sampleRateHz, channelLayout: layout });
    const frame = new Frame();
    frame.alloc();
    Object.assign(frame, { format: encoder.sampleFormat, sampleRate: sampleRateHz, channelLayout: layout, nbSamples });
    check(converter.convertFrame(frame, given));
    frame.pts = BigInt(at);
    given.free();
    yield frame;
  }
  converter.free();
}

function check(code: number): void {
  FFmpegError.throwIfError(code, 'make a test file');
}
