/** The output formats a caller may ask for, and which rates and bitrates each of them can really carry. */
import { AntiphonError } from '../errors.ts';

export const audioFormatIds = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm', 'ulaw', 'alaw'] as const;

export type AudioFormatId = (typeof audioFormatIds)[number];

export type AudioFormat = {
  readonly id: AudioFormatId;
  /** Media type of the bytes. */
  readonly contentType: string;
  /** Without the dot. */
  readonly fileExtension: string;
  /** `raw` has no header at all: the receiver must know rate and sample type beforehand. */
  readonly container: 'mpeg' | 'ogg' | 'adts' | 'flac' | 'wav' | 'raw';
  /** Rates the codec itself takes, ascending; any other is refused. */
  readonly sampleRatesHz: readonly number[];
  /** `source` keeps the voice's own rate where the format can carry it, the next higher one where not. */
  readonly defaultRateHz: number | 'source';
  /** Bits per second where the format has a choice, else undefined. */
  readonly defaultBitrateBps: number | undefined;
  /**
   * Samples by which sound comes later out of a decoder than it went in, where the stream has no place to say so:
   * what was said at 0.500 s of an mp3 at 24 kHz is heard at 0.546 s. Measured; 0 where a decoder makes up for it.
   */
  readonly codecDelaySamples: number;
};

const pcmRatesHz = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 96000];
const mpegRatesHz = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000];
const g711RatesHz = [8000];

export const audioFormats: Readonly<Record<AudioFormatId, AudioFormat>> = {
  mp3: {
    id: 'mp3', contentType: 'audio/mpeg', fileExtension: 'mp3', container: 'mpeg',
    sampleRatesHz: mpegRatesHz, defaultRateHz: 'source', defaultBitrateBps: 96_000, codecDelaySamples: 1105,
  },
  // RFC 7845 section 9: audio/ogg with the codecs parameter; audio/opus names the RTP payload.
  opus: {
    id: 'opus', contentType: 'audio/ogg; codecs=opus', fileExtension: 'opus', container: 'ogg',
    sampleRatesHz: [8000, 12000, 16000, 24000, 48000], defaultRateHz: 'source', defaultBitrateBps: 48_000, codecDelaySamples: 0,
  },
  aac: {
    id: 'aac', contentType: 'audio/aac', fileExtension: 'aac', container: 'adts',
    sampleRatesHz: pcmRatesHz, defaultRateHz: 'source', defaultBitrateBps: 64_000, codecDelaySamples: 1024,
  },
  flac: {
    id: 'flac', contentType: 'audio/flac', fileExtension: 'flac', container: 'flac',
    sampleRatesHz: pcmRatesHz, defaultRateHz: 'source', defaultBitrateBps: undefined, codecDelaySamples: 0,
  },
  wav: {
    id: 'wav', contentType: 'audio/wav', fileExtension: 'wav', container: 'wav',
    sampleRatesHz: pcmRatesHz, defaultRateHz: 'source', defaultBitrateBps: undefined, codecDelaySamples: 0,
  },
  // Headerless, so clients of the OpenAI API take 24 kHz for granted.
  pcm: {
    id: 'pcm', contentType: 'audio/pcm', fileExtension: 'pcm', container: 'raw',
    sampleRatesHz: pcmRatesHz, defaultRateHz: 24_000, defaultBitrateBps: undefined, codecDelaySamples: 0,
  },
  // RFC 2046 section 4.2: audio/basic is mono µ-law at 8 kHz.
  ulaw: {
    id: 'ulaw', contentType: 'audio/basic', fileExtension: 'ulaw', container: 'raw',
    sampleRatesHz: g711RatesHz, defaultRateHz: 8000, defaultBitrateBps: undefined, codecDelaySamples: 0,
  },
  alaw: {
    id: 'alaw', contentType: 'audio/x-alaw-basic', fileExtension: 'alaw', container: 'raw',
    sampleRatesHz: g711RatesHz, defaultRateHz: 8000, defaultBitrateBps: undefined, codecDelaySamples: 0,
  },
};

export function isAudioFormatId(value: string): value is AudioFormatId {
  return Object.hasOwn(audioFormats, value);
}

/**
 * The rate that the output gets, in Hz. `wantedHz` must be one the format carries (input_invalid otherwise); without
 * it the format's default applies.
 */
export function outputRateFor(options: { format: AudioFormatId; sourceRateHz: number; wantedHz?: number | undefined }): number {
  const format = audioFormats[options.format];
  if (options.wantedHz !== undefined) {
    if (format.sampleRatesHz.includes(options.wantedHz)) return options.wantedHz;
    throw new AntiphonError('input_invalid', `${format.id} cannot be made at ${options.wantedHz} Hz; it can at ${format.sampleRatesHz.join(', ')}.`, { param: 'sample_rate' });
  }
  if (format.defaultRateHz !== 'source') return format.defaultRateHz;
  const atLeastSource = format.sampleRatesHz.find((rateHz) => rateHz >= options.sourceRateHz);
  return atLeastSource ?? format.sampleRatesHz.at(-1)!;
}

/**
 * The bitrate in bits per second that a mono stream gets, moved into what the codec allows at that rate; undefined
 * for formats without a choice. Bounds: MPEG-1/2/2.5 layer III tables (ISO 11172-3, 13818-3), libopus' 256 kbit/s a
 * channel, AAC's 6144 bits a frame of 1024 samples (ISO 14496-3).
 */
export function bitrateFor(options: { format: AudioFormatId; rateHz: number; wantedBps?: number | undefined }): number | undefined {
  const fallback = audioFormats[options.format].defaultBitrateBps;
  if (fallback === undefined) return undefined;
  const [lowest, highest] = bitrateBounds(options.format, options.rateHz);
  return Math.round(Math.min(highest, Math.max(lowest, options.wantedBps ?? fallback)));
}

function bitrateBounds(format: AudioFormatId, rateHz: number): readonly [number, number] {
  switch (format) {
    case 'mp3':
      if (rateHz >= 32_000) return [32_000, 320_000];
      return rateHz >= 16_000 ? [8_000, 160_000] : [8_000, 64_000];
    case 'aac':
      return [16_000, Math.min(192_000, rateHz * 6)];
    default:
      return [6_000, 256_000];
  }
}
