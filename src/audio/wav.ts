/** WAV (RIFF/WAVE, IBM & Microsoft 1991): the header of a stream, its repair in a file, and a reader. */
import { z } from 'zod';
import { AntiphonError } from '../errors.ts';

export const wavHeaderBytes = 44;

/** What players read as "until the data ends": the length was not known when the header was sent. */
const unknownLength = 0xffff_ffff;
const largestDataBytes = unknownLength - 36;
/** As much as this, and no server knew the length when it wrote it. */
const streamedLength = 0x7fff_0000;

export type WavAudio = {
  /** One array a channel, −1…1, all of one length. */
  readonly channels: readonly Float32Array[];
  readonly sampleRateHz: number;
};

/**
 * The 44 bytes before mono s16le samples. Without `dataBytes` (how many bytes of samples follow) both lengths say
 * "unknown", as a stream needs.
 */
export function wavHeader(options: { sampleRateHz: number; dataBytes?: number }): Uint8Array {
  const header = new Uint8Array(wavHeaderBytes);
  const view = new DataView(header.buffer);
  writeAscii(header, 0, 'RIFF');
  writeAscii(header, 8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // WAVE_FORMAT_PCM
  view.setUint16(22, 1, true);
  view.setUint32(24, options.sampleRateHz, true);
  view.setUint32(28, options.sampleRateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  writeAscii(header, 36, 'data');
  const dataBytes = options.dataBytes !== undefined && options.dataBytes <= largestDataBytes ? options.dataBytes : undefined;
  view.setUint32(4, dataBytes === undefined ? unknownLength : dataBytes + 36, true);
  view.setUint32(40, dataBytes ?? unknownLength, true);
  return header;
}

/**
 * What to write over the start of a file that `wavHeader` began, once its whole length is known, so that players
 * show a duration and can seek. `fileBytes` includes the header. Past 4 GiB the lengths stay "unknown".
 */
export function finalisedWavHeader(options: { sampleRateHz: number; fileBytes: number }): Uint8Array {
  return wavHeader({ sampleRateHz: options.sampleRateHz, dataBytes: options.fileBytes - wavHeaderBytes });
}

export type WavHead = {
  readonly sampleType: 's16le' | 'f32le';
  readonly channels: number;
  readonly sampleRateHz: number;
  /** Where the samples begin. */
  readonly dataStart: number;
  /** undefined: until the stream ends. */
  readonly dataBytes: number | undefined;
};

const formatChunk = z.object({
  kind: z.union([z.literal(1), z.literal(3)]),
  channels: z.int().min(1).max(2),
  sampleRateHz: z.int().min(1).max(768_000),
  bits: z.union([z.literal(16), z.literal(32)]),
});

/**
 * Reads 16-bit and 32-bit-float WAV, mono or stereo, streaming headers included. It is for files of our own making
 * (tests, CLI, benches); uploads go through a decoder. Errors: input_invalid.
 */
export function parseWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || readAscii(bytes, 0) !== 'RIFF' || readAscii(bytes, 8) !== 'WAVE') throw refusal('it has no RIFF/WAVE header');
  let format: z.infer<typeof formatChunk> | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = readAscii(bytes, at);
    const length = Math.min(view.getUint32(at + 4, true), bytes.length - at - 8);
    if (name === 'fmt ') format = readFormat(view, { at: at + 8, length });
    if (name === 'data') {
      if (format === undefined) throw refusal('its samples come before their format');
      return { channels: readChannels(bytes.subarray(at + 8, at + 8 + length), format), sampleRateHz: format.sampleRateHz };
    }
    at += 8 + length + (length % 2); // Chunks are padded to even length.
  }
  throw refusal('it has no samples');
}

/** The head of a WAV that is still arriving; undefined as long as more of it is needed. Errors: input_invalid. */
export function parseWavHead(bytes: Uint8Array): WavHead | undefined {
  if (bytes.length < 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (readAscii(bytes, 0) !== 'RIFF' || readAscii(bytes, 8) !== 'WAVE') throw refusal('it has no RIFF/WAVE header');
  let format: z.infer<typeof formatChunk> | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = readAscii(bytes, at);
    const length = view.getUint32(at + 4, true);
    if (name === 'data') {
      if (format === undefined) throw refusal('its samples come before their format');
      const { kind, channels, sampleRateHz } = format;
      // Servers that stream write 0, or the largest number that one of their integers can hold.
      return { sampleType: kind === 1 ? 's16le' : 'f32le', channels, sampleRateHz, dataStart: at + 8, dataBytes: length === 0 || length >= streamedLength ? undefined : length };
    }
    if (name === 'fmt ') {
      if (at + 8 + length > bytes.length) return undefined;
      format = readFormat(view, { at: at + 8, length });
    }
    at += 8 + length + (length % 2);
  }
  return undefined;
}

function readFormat(view: DataView, chunk: { at: number; length: number }): z.infer<typeof formatChunk> {
  if (chunk.length < 16) throw refusal('its format chunk is too short');
  const tag = view.getUint16(chunk.at, true);
  // WAVE_FORMAT_EXTENSIBLE keeps the real kind in the first two bytes of its sub-format.
  const kind = tag === 0xfffe && chunk.length >= 26 ? view.getUint16(chunk.at + 24, true) : tag;
  const parsed = formatChunk.safeParse({
    kind,
    channels: view.getUint16(chunk.at + 2, true),
    sampleRateHz: view.getUint32(chunk.at + 4, true),
    bits: view.getUint16(chunk.at + 14, true),
  });
  if (!parsed.success || (parsed.data.kind === 1) !== (parsed.data.bits === 16)) throw refusal('only 16-bit and 32-bit-float samples, mono or stereo, are read');
  return parsed.data;
}

function readChannels(data: Uint8Array, format: z.infer<typeof formatChunk>): Float32Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const sampleBytes = format.bits / 8;
  const frames = Math.floor(data.length / (sampleBytes * format.channels));
  return Array.from({ length: format.channels }, (_, channel) =>
    Float32Array.from({ length: frames }, (_unused, frame) => {
      const at = (frame * format.channels + channel) * sampleBytes;
      return format.kind === 1 ? view.getInt16(at, true) / 32_767 : view.getFloat32(at, true);
    }),
  );
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function readAscii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function refusal(why: string): AntiphonError {
  return new AntiphonError('input_invalid', `This is not a WAV file we read: ${why}.`);
}
