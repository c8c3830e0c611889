/** A media file to mono samples, synchronously: runs in the decoding process, which does nothing else. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { Codec, CodecContext, Dictionary, FormatContext, Frame, InputFormat, Log, Packet, avGetCodecName, type Stream } from 'node-av/lib';
import { AVDISCARD_ALL, AVERROR_EOF, AVMEDIA_TYPE_AUDIO, AV_LOG_QUIET, AV_NOPTS_VALUE } from 'node-av/constants';
import { allowedDecoders } from './decoders.ts';
import { createFrameConverter } from './frame-converter.ts';
import type { DecodeRequest, InfoFrame, Refusal } from './protocol.ts';

Log.setLevel(AV_LOG_QUIET);

export type DecodeEvent =
  | { readonly type: 'info'; readonly info: InfoFrame }
  | { readonly type: 'samples'; readonly samples: Float32Array }
  | { readonly type: 'end'; readonly truncated: boolean }
  | { readonly type: 'refused'; readonly reason: Refusal };

/** Microseconds in which a container's own duration counts. */
const containerTicksPerSecond = 1_000_000;
const maxStreams = 100;
/** A file that announces more than it holds, by so much, is cut off; less is a codec's padding. */
const missingSeconds = 0.25;
const missingShare = 0.01;

/**
 * Yields `info`, then samples at `toHz` in pieces of at most a second, then `end`; or one `refused`. What is damaged
 * is skipped, and a file that breaks off gives what could be read before. Once the last event was taken or the reader
 * has left, all native memory is free.
 */
export function* decodeFile(request: DecodeRequest): Generator<DecodeEvent, void, undefined> {
  using file = openFile(request.path);
  using input = openInput(request, file.descriptor);
  if (!input.open) return yield { type: 'refused', reason: 'damaged' };
  const declared = declaredSeconds(input.context, fstatSync(file.descriptor).size);
  discardAllBut(input.context.streams, (stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO);
  input.context.findStreamInfoSync(null);
  const stream = input.context.streams[input.context.findBestStream(AVMEDIA_TYPE_AUDIO)];
  if (stream === undefined) return yield { type: 'refused', reason: 'no-track' };
  discardAllBut(input.context.streams, (one) => one.index === stream.index);
  using decoder = openDecoder(stream);
  if (!decoder.open) return yield { type: 'refused', reason: decoder.reason };

  const expectedSeconds = declared ?? reckonedSeconds(input.context, stream);
  using converter = createFrameConverter({ toHz: request.toHz });
  let outcome: ReadOutcome = { intact: true, packets: 0 };
  let begun = false;
  let given = 0;
  const framesOfFile = decodeFrames({ input: input.context, stream, decoder: decoder.context }, (end) => { outcome = end; });
  for (const samples of converter.convert(framesOfFile)) {
    if (!begun) {
      begun = true;
      const { sampleRateHz, channels } = converter.source();
      const info = { codec: avGetCodecName(stream.codecpar.codecId) ?? 'unknown', sampleRateHz, channels, declared: declared !== undefined };
      yield { type: 'info', info: { ...info, ...(expectedSeconds === undefined ? {} : { expectedSeconds }) } };
    }
    given += samples.length;
    yield { type: 'samples', samples };
  }
  if (!begun) return yield { type: 'refused', reason: outcome.packets > 0 || !outcome.intact ? 'damaged' : 'no-samples' };
  const missing = (declared ?? 0) - given / request.toHz;
  yield { type: 'end', truncated: !outcome.intact || missing > Math.max(missingSeconds, missingShare * (declared ?? 0)) };
}

type ReadOutcome = { readonly intact: boolean; readonly packets: number };

/** The frame given is the same object each time: use it before the next. */
function* decodeFrames(of: { input: FormatContext; stream: Stream; decoder: CodecContext }, onEnd: (outcome: ReadOutcome) => void): Generator<Frame, void, undefined> {
  using packet = new Packet();
  using frame = new Frame();
  packet.alloc();
  frame.alloc();
  let packets = 0;
  let read: number;
  while ((read = of.input.readFrameSync(packet)) >= 0) {
    if (packet.streamIndex === of.stream.index) {
      packets++;
      // A damaged packet is refused here; the next one may be whole.
      of.decoder.sendPacketSync(packet);
      yield* receiveFrames(of.decoder, frame);
    }
    packet.unref();
  }
  of.decoder.sendPacketSync(null);
  yield* receiveFrames(of.decoder, frame);
  onEnd({ intact: read === AVERROR_EOF, packets });
}

function* receiveFrames(decoder: CodecContext, frame: Frame): Generator<Frame, void, undefined> {
  while (decoder.receiveFrameSync(frame) >= 0) {
    if (frame.nbSamples > 0) yield frame;
    frame.unref();
  }
}

function openFile(path: string): Disposable & { readonly descriptor: number } {
  const descriptor = openSync(path, 'r');
  return { descriptor, [Symbol.dispose]: () => closeSync(descriptor) };
}

/**
 * FFmpeg is given the open file and may open nothing else: the only protocol it has left is the one for descriptors.
 * On Windows, where its C runtime does not know Node's descriptors, that is the one for files, by name.
 */
function openInput(request: DecodeRequest, descriptor: number): Disposable & ({ readonly open: true; readonly context: FormatContext } | { readonly open: false }) {
  const byName = process.platform === 'win32';
  const context = new FormatContext();
  using options = Dictionary.fromObject({
    ...request.demuxerOptions,
    ...(byName ? { protocol_whitelist: 'file' } : { protocol_whitelist: 'fd', fd: descriptor }),
    codec_whitelist: [...allowedDecoders].join(','),
    max_streams: maxStreams,
  });
  const demuxer = InputFormat.findInputFormat(request.demuxer);
  if (demuxer === null) throw new Error(`This build has no demuxer ${request.demuxer}.`);
  const opened = context.openInputSync(byName ? `file:${request.path}` : 'fd:', demuxer, options);
  // FFmpeg frees the context itself where it could not open.
  if (opened < 0) return { open: false, [Symbol.dispose]: () => {} };
  return { open: true, context, [Symbol.dispose]: () => context.closeInputSync() };
}

function openDecoder(stream: Stream): Disposable & ({ readonly open: true; readonly context: CodecContext } | { readonly open: false; readonly reason: Refusal }) {
  const nothing = { [Symbol.dispose]: () => {} };
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec || !allowedDecoders.has(codec.name ?? '')) return { open: false, reason: 'codec', ...nothing };
  const context = new CodecContext();
  context.allocContext3(codec);
  const dispose = { [Symbol.dispose]: () => context.freeContext() };
  context.parametersToContext(stream.codecpar);
  // The time base tells how much of the last packet is padding.
  context.pktTimebase = stream.timeBase;
  context.threadCount = 1;
  if (context.open2Sync(codec) >= 0) return { open: true, context, ...dispose };
  dispose[Symbol.dispose]();
  return { open: false, reason: 'damaged', ...nothing };
}

/**
 * What the file says of itself; asked before FFmpeg begins to reckon from bit rates. Where samples lie uncompressed,
 * their number cannot exceed the file: programs that write a header before they know say 2 GB.
 */
function declaredSeconds(context: FormatContext, fileBytes: number): number | undefined {
  const audio = context.streams.filter((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO);
  const [only] = audio;
  if (only === undefined || audio.length > 1) return undefined;
  const seconds = secondsOf(only) ?? (context.streams.length === 1 ? containerSeconds(context) : undefined);
  const { codecId, bitRate } = only.codecpar;
  if (seconds === undefined || bitRate <= 0n || !avGetCodecName(codecId)?.startsWith('pcm_')) return seconds;
  return Math.min(seconds, (fileBytes * 8) / Number(bitRate));
}

function reckonedSeconds(context: FormatContext, stream: Stream): number | undefined {
  return secondsOf(stream) ?? containerSeconds(context);
}

function secondsOf(stream: Stream): number | undefined {
  if (stream.duration === AV_NOPTS_VALUE || stream.duration <= 0n) return undefined;
  return (Number(stream.duration) * stream.timeBase.num) / stream.timeBase.den;
}

function containerSeconds(context: FormatContext): number | undefined {
  return context.duration === AV_NOPTS_VALUE || context.duration <= 0n ? undefined : Number(context.duration) / containerTicksPerSecond;
}

function discardAllBut(streams: readonly Stream[], keep: (stream: Stream) => boolean): void {
  for (const stream of streams) if (!keep(stream)) stream.discard = AVDISCARD_ALL;
}
