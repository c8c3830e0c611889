/** Finds frames of MPEG audio and ADTS AAC, which have no word at their beginning that would tell them. */

type FrameHeader = {
  readonly kind: 'mp3' | 'aac';
  /** Equal for all frames of one stream. */
  readonly stream: number;
  readonly frameBytes: number;
};

/** kbit/s by index 1…14, ISO/IEC 11172-3 and 13818-3. */
const bitrates = {
  v1l1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  v1l2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  v1l3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  v2l1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  v2l23: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;

/**
 * Looks for a frame that is followed by another of the same stream, or that ends with the bytes. Text and other files
 * hold single sync words often enough, UTF-16 begins with one, but not two at the distance that the first tells.
 */
export function findMpegAudio(bytes: Uint8Array): 'mp3' | 'aac' | undefined {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const frame = readHeader(bytes, at);
    if (frame === undefined) continue;
    const end = at + frame.frameBytes;
    if (end === bytes.length) return frame.kind;
    const next = readHeader(bytes, end);
    if (next?.kind === frame.kind && next.stream === frame.stream) return frame.kind;
  }
  return undefined;
}

function readHeader(bytes: Uint8Array, at: number): FrameHeader | undefined {
  const [a, b, c, d, e, f] = bytes.subarray(at, at + 6);
  if (a !== 0xff || b === undefined || c === undefined || d === undefined || (b & 0xe0) !== 0xe0) return undefined;
  if ((b & 0xf6) === 0xf0) return e === undefined || f === undefined ? undefined : adtsHeader([b, c, d, e, f]);
  return mpegHeader([b, c]);
}

/** ISO/IEC 13818-7, 6.2. */
function adtsHeader([b, c, d, e, f]: readonly [number, number, number, number, number]): FrameHeader | undefined {
  const rateIndex = (c >> 2) & 15;
  const frameBytes = ((d & 3) << 11) | (e << 3) | (f >> 5);
  if (rateIndex > 12 || frameBytes < 8) return undefined;
  return { kind: 'aac', stream: (b << 8) | (c & 0xfc), frameBytes };
}

function mpegHeader([b, c]: readonly [number, number]): FrameHeader | undefined {
  const version = (b >> 3) & 3;
  const layer = 4 - ((b >> 1) & 3);
  const bitrateIndex = c >> 4;
  const rateIndex = (c >> 2) & 3;
  if (version === 1 || layer === 4 || bitrateIndex === 0 || bitrateIndex === 15 || rateIndex === 3) return undefined;
  const first = version === 3;
  const table = first ? ([bitrates.v1l1, bitrates.v1l2, bitrates.v1l3] as const)[layer - 1] : layer === 1 ? bitrates.v2l1 : bitrates.v2l23;
  const bitsPerSecond = (table?.[bitrateIndex - 1] ?? 0) * 1000;
  const rateHz = [44_100, 48_000, 32_000][rateIndex]! / (first ? 1 : version === 2 ? 2 : 4);
  const padding = (c >> 1) & 1;
  // Bytes in one frame of 384, 1152 or 576 samples; layer I counts in slots of four.
  const frameBytes = layer === 1
    ? (Math.floor((12 * bitsPerSecond) / rateHz) + padding) * 4
    : Math.floor(((layer === 3 && !first ? 72 : 144) * bitsPerSecond) / rateHz) + padding;
  return { kind: 'mp3', stream: ((b & 0xfe) << 2) | rateIndex, frameBytes };
}
