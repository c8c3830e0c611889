/** One file in one decoding process, from its first samples to its end, whichever that is. */
import { stat } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import { AntiphonError } from '../../errors.ts';
import type { RawAudioKind } from '../decode.ts';
import type { DecodeChild } from './decode-child.ts';
import type { MediaFrame } from './frame-reader.ts';
import type { DecodeRequest, Refusal } from './protocol.ts';
import { demuxers, sniffMediaFile, type MediaContainer } from './sniff-media.ts';
import { watchChild, type Breach } from './watch-child.ts';

export type MediaInfo = {
  readonly container: MediaContainer | 'raw';
  /** FFmpeg's name: `mp3`, `pcm_s16le`. */
  readonly codec: string;
  /** Of the file, where its sound begins. */
  readonly sampleRateHz: number;
  readonly channels: number;
  /** As the file says, or as reckoned from its size and bit rate; good for a progress bar only. */
  readonly expectedSeconds: number | undefined;
};

export type MediaTotals = {
  readonly seconds: number;
  /** The file breaks off, or less of it could be decoded than it announces: what came before was given. */
  readonly truncated: boolean;
};

export type OpenMedia = {
  readonly info: MediaInfo;
  /** Mono, −1…1, at the rate asked for, in pieces of at most a second, decoded as they are read. Leaving early closes. */
  readonly samples: AsyncGenerator<Float32Array<ArrayBuffer>, void, undefined>;
  /** Once `samples` has ended; undefined before. */
  readonly totals: () => MediaTotals | undefined;
  /** Ends the process and resolves once it is gone. Idempotent. */
  readonly close: () => Promise<void>;
};

export type MediaLimits = {
  /** Of decoded sound. */
  readonly maxSeconds: number;
  /** What the process may hold for itself, about 50 MB of it before it has seen the file. Watched on Linux. */
  readonly memoryBytes: number;
  /** So long it may give nothing while somebody waits. */
  readonly stallMs: number;
};

export type OpenMediaOptions = {
  /** A file that nobody changes; it may be removed once this has resolved. */
  readonly path: string;
  /** For samples without a header, which are then not looked at. */
  readonly raw?: RawAudioKind | undefined;
  /** Rate of the samples that come out. */
  readonly toHz: number;
  /** Its abort ends the process; `samples` rejects with its reason. */
  readonly signal: AbortSignal;
};

export type ChosenDemuxer = Pick<DecodeRequest, 'demuxer' | 'demuxerOptions'> & Pick<MediaInfo, 'container'>;

/** Signals of a process that went wrong inside; others come from outside. */
const crashSignals: ReadonlySet<NodeJS.Signals | null> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGTRAP', 'SIGSYS']);

/**
 * FFmpeg looks for DTS in what says that it is plain samples, as rips of discs have it, through the whole file if need be:
 * 6 ms of a clip. Its frames are a few kilobytes, so 32 KB tell.
 */
const wavOptions = { max_probe_packets: 8 };

/** By content. Errors: audio_unreadable, audio_missing (an empty file), engine_failed (it cannot be opened). */
export async function chooseDemuxer({ path, raw }: Pick<OpenMediaOptions, 'path' | 'raw'>): Promise<ChosenDemuxer> {
  if (raw !== undefined) return { container: 'raw', demuxer: raw.sampleType, demuxerOptions: { sample_rate: raw.sampleRateHz, ch_layout: 'mono' } };
  const [container, { size }] = await Promise.all([sniffMediaFile(path), stat(path)]).catch((cause: unknown) => {
    throw new AntiphonError('engine_failed', 'The file could not be opened on the server.', { param: 'file', cause });
  });
  if (size === 0) throw new AntiphonError('audio_missing', 'The file is empty.', { param: 'file' });
  if (container === undefined) {
    throw unreadable('This is not audio or video in a format that is read here; send wav, mp3, m4a, mp4, ogg, opus, webm, flac, aac, amr, aiff, caf, au, wma, avi, mkv, ts, mpeg or flv.');
  }
  return { container, demuxer: demuxers[container], demuxerOptions: container === 'wav' ? wavOptions : {} };
}

/**
 * Has `child`, which is fresh and is ended here on every path, decode a file. Resolves once the first samples are
 * there. Errors: see `MediaDecoder`.
 */
export async function decodeIn(options: OpenMediaOptions & ChosenDemuxer & { child: DecodeChild; limits: MediaLimits; clock: Clock }): Promise<OpenMedia> {
  const { child, path, demuxer, demuxerOptions, toHz, limits, clock, signal } = options;
  const gone = new AbortController();
  let closed = false;
  let waitingSinceMs: number | undefined;
  let breach: Breach | undefined;
  let totals: MediaTotals | undefined;
  let given = 0;

  const watched = watchChild({ ...limits, pid: child.pid, clock, waitingSinceMs: () => waitingSinceMs, signal: gone.signal }).then((passed) => {
    breach = passed;
    if (passed !== undefined) void child.kill();
  });
  const onAbort = (): void => void child.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  // Whoever ends it: nothing here outlives the process, and its number may soon be another's.
  void child.exited.then(() => {
    signal.removeEventListener('abort', onAbort);
    gone.abort();
  });

  async function close(): Promise<void> {
    closed = true;
    await Promise.all([child.kill(), watched]);
  }

  async function nextFrame(): Promise<Exclude<MediaFrame, { type: 'refused' }>> {
    waitingSinceMs = clock.now();
    const { value: frame } = await child.frames.next();
    waitingSinceMs = undefined;
    signal.throwIfAborted();
    if (frame === undefined) throw await whyItEnded();
    if (frame.type === 'refused') throw refusal(frame.reason, child);
    return frame;
  }

  async function whyItEnded(): Promise<AntiphonError> {
    const wasClosed = closed;
    const exit = await child.exited;
    if (wasClosed) return new AntiphonError('cancelled', 'The file was closed while it was read.');
    if (breach !== undefined) return breachError(breach, limits);
    const cause = new Error(`decoding process ended: ${exit.signal ?? `code ${exit.code}`} ${child.lastWords()}`);
    if (crashSignals.has(exit.signal)) return unreadable('The decoder fails on this file: it is damaged.', cause);
    return new AntiphonError('engine_failed', 'The decoder of the file ended before it was done.', { param: 'file', cause });
  }

  async function* readSamples(): AsyncGenerator<Float32Array<ArrayBuffer>, void, undefined> {
    try {
      let frame = await nextFrame();
      for (; frame.type === 'samples'; frame = await nextFrame()) {
        given += frame.samples.length;
        if (given > limits.maxSeconds * toHz) throw tooLong(limits);
        yield frame.samples;
      }
      if (frame.type !== 'end') throw refusal('fault', child);
      totals = { seconds: given / toHz, truncated: frame.truncated };
    } finally {
      await close();
    }
  }

  try {
    signal.throwIfAborted();
    child.request({ path, demuxer, demuxerOptions, toHz });
    const first = await nextFrame();
    if (first.type !== 'info') throw refusal('fault', child);
    if (first.declared && (first.expectedSeconds ?? 0) > limits.maxSeconds) throw tooLong(limits);
    return {
      info: { container: options.container, codec: first.codec, sampleRateHz: first.sampleRateHz, channels: first.channels, expectedSeconds: first.expectedSeconds },
      samples: readSamples(),
      totals: () => totals,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function refusal(reason: Refusal, child: DecodeChild): AntiphonError {
  switch (reason) {
    case 'no-track':
      return new AntiphonError('audio_missing', 'There is no sound track in this file.', { param: 'file' });
    case 'no-samples':
      return new AntiphonError('audio_missing', 'There is no sound in this file.', { param: 'file' });
    case 'codec':
      return unreadable('The sound in this file has a codec that is not read here; convert it to mp3, opus or wav.');
    case 'damaged':
      return unreadable('Nothing can be read from this file: it is damaged or incomplete.');
    case 'fault':
      return new AntiphonError('engine_failed', 'The decoder of the file failed.', { param: 'file', cause: new Error(child.lastWords()) });
  }
}

function breachError(breach: Breach, { memoryBytes, stallMs }: MediaLimits): AntiphonError {
  return breach === 'memory'
    ? unreadable(`This file needs more memory than the ${Math.round(memoryBytes / 2 ** 20)} MB that decoding may take.`)
    : unreadable(`Nothing could be decoded from this file for ${Math.round(stallMs / 1000)} seconds.`);
}

function tooLong({ maxSeconds }: MediaLimits): AntiphonError {
  return new AntiphonError('audio_too_long', `The recording plays longer than ${maxSeconds} seconds, the limit; send it in parts.`, { param: 'file' });
}

function unreadable(message: string, cause?: unknown): AntiphonError {
  return new AntiphonError('audio_unreadable', message, { param: 'file', cause });
}
