/**
 * What a decoding process and its parent say to each other. To the child: one line of JSON. Back: frames of one byte
 * for the kind, four for the length (little-endian), and the payload. The last frame is `end` or `refused`; a stream
 * that stops without either was cut off. Kept free of imports that a child would have to load.
 */

export type DecodeRequest = {
  readonly path: string;
  /** FFmpeg's name; no other demuxer runs. */
  readonly demuxer: string;
  readonly demuxerOptions: Readonly<Record<string, string | number>>;
  readonly toHz: number;
};

/** Of a child for which nobody waits yet. */
export const rehearseArgument = 'rehearse';

export const frameKinds = { info: 1, samples: 2, end: 3, refused: 4 } as const;

export const frameHeaderBytes = 5;

/** Comes with the first samples: before those nothing of a file is sure. */
export type InfoFrame = {
  /** FFmpeg's name of the codec: `mp3`, `pcm_s16le`. */
  readonly codec: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly expectedSeconds?: number | undefined;
  /** The file says so; else it was reckoned from its size. */
  readonly declared: boolean;
};

export type EndFrame = {
  /** The file breaks off, or less could be decoded than it announces. */
  readonly truncated: boolean;
};

/** Why a file gives no sound. `fault`: ours. */
export const refusals = ['damaged', 'codec', 'no-track', 'no-samples', 'fault'] as const;

export type Refusal = (typeof refusals)[number];

export type RefusedFrame = { readonly reason: Refusal };

export function encodeFrame(kind: number, payload: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + payload.length);
  frame.writeUInt8(kind, 0);
  frame.writeUInt32LE(payload.length, 1);
  frame.set(payload, frameHeaderBytes);
  return frame;
}
