/** The channels of a decoded frame as float samples, whatever type the codec gave them. */
import type { Frame } from 'node-av/lib';
import {
  AV_SAMPLE_FMT_DBL, AV_SAMPLE_FMT_DBLP, AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S16P, AV_SAMPLE_FMT_S32,
  AV_SAMPLE_FMT_S32P, AV_SAMPLE_FMT_S64, AV_SAMPLE_FMT_S64P, AV_SAMPLE_FMT_U8, AV_SAMPLE_FMT_U8P,
} from 'node-av/constants';
import { AntiphonError } from '../../errors.ts';

type SampleType = {
  readonly planar: boolean;
  readonly bytes: 1 | 2 | 4 | 8;
  /** Numbers as they lie in memory; the machine is little-endian, and FFmpeg gives its order. */
  readonly view: (buffer: ArrayBufferLike, offset: number, length: number) => ArrayLike<number | bigint>;
  /** Float of a number x: (x − zero) · scale. */
  readonly zero: number;
  readonly scale: number;
};

const u8 = { bytes: 1, view: (buffer, offset, length) => new Uint8Array(buffer, offset, length), zero: 128, scale: 2 ** -7 } as const satisfies Omit<SampleType, 'planar'>;
const s16 = { bytes: 2, view: (buffer, offset, length) => new Int16Array(buffer, offset, length), zero: 0, scale: 2 ** -15 } as const satisfies Omit<SampleType, 'planar'>;
const s32 = { bytes: 4, view: (buffer, offset, length) => new Int32Array(buffer, offset, length), zero: 0, scale: 2 ** -31 } as const satisfies Omit<SampleType, 'planar'>;
const s64 = { bytes: 8, view: (buffer, offset, length) => new BigInt64Array(buffer, offset, length), zero: 0, scale: 2 ** -63 } as const satisfies Omit<SampleType, 'planar'>;
const f32 = { bytes: 4, view: (buffer, offset, length) => new Float32Array(buffer, offset, length), zero: 0, scale: 1 } as const satisfies Omit<SampleType, 'planar'>;
const f64 = { bytes: 8, view: (buffer, offset, length) => new Float64Array(buffer, offset, length), zero: 0, scale: 1 } as const satisfies Omit<SampleType, 'planar'>;

const sampleTypes = new Map<number, SampleType>([
  [AV_SAMPLE_FMT_U8, { ...u8, planar: false }], [AV_SAMPLE_FMT_U8P, { ...u8, planar: true }],
  [AV_SAMPLE_FMT_S16, { ...s16, planar: false }], [AV_SAMPLE_FMT_S16P, { ...s16, planar: true }],
  [AV_SAMPLE_FMT_S32, { ...s32, planar: false }], [AV_SAMPLE_FMT_S32P, { ...s32, planar: true }],
  [AV_SAMPLE_FMT_S64, { ...s64, planar: false }], [AV_SAMPLE_FMT_S64P, { ...s64, planar: true }],
  [AV_SAMPLE_FMT_FLT, { ...f32, planar: false }], [AV_SAMPLE_FMT_FLTP, { ...f32, planar: true }],
  [AV_SAMPLE_FMT_DBL, { ...f64, planar: false }], [AV_SAMPLE_FMT_DBLP, { ...f64, planar: true }],
]);

/** One array a channel, nominally −1…1, copied out of FFmpeg's memory. Errors: audio_unreadable (a sample type that is not read here). */
export function channelsOf(frame: Frame): Float32Array<ArrayBuffer>[] {
  const type = sampleTypes.get(frame.format);
  if (type === undefined) throw new AntiphonError('audio_unreadable', 'This audio has a sample type that is not read here.');
  const planes = (frame.channels > 8 ? frame.extendedData : frame.data) ?? [];
  const [planeOf, step]: readonly [(channel: number) => Buffer | undefined, number] = type.planar ? [(channel) => planes[channel], 1] : [() => planes[0], frame.channels];
  const count = frame.nbSamples * step;
  return Array.from({ length: frame.channels }, (_, channel) => {
    const plane = planeOf(channel);
    if (plane === undefined || plane.length < count * type.bytes) throw new AntiphonError('audio_unreadable', 'This audio is damaged.');
    return readEvery(numbersIn(plane, count, type), { first: type.planar ? 0 : channel, step, count: frame.nbSamples, type });
  });
}

function numbersIn(plane: Buffer, count: number, type: SampleType): ArrayLike<number | bigint> {
  // A copy where a buffer begins at an odd place: typed arrays need whole multiples.
  const bytes = plane.byteOffset % type.bytes === 0 ? plane : Uint8Array.from(plane);
  return type.view(bytes.buffer, bytes.byteOffset, count);
}

function readEvery(numbers: ArrayLike<number | bigint>, place: { first: number; step: number; count: number; type: SampleType }): Float32Array<ArrayBuffer> {
  const { first, step, count, type } = place;
  const out = new Float32Array(count);
  for (let i = 0, at = first; i < count; i++, at += step) out[i] = (Number(numbers[at]) - type.zero) * type.scale;
  return out;
}
