/** Reads the frames of a decoding process. What it says is checked: it has had a stranger's file in its hands. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { frameHeaderBytes, frameKinds, refusals, type EndFrame, type InfoFrame, type RefusedFrame } from './protocol.ts';

export type MediaFrame =
  | ({ readonly type: 'info' } & InfoFrame)
  | { readonly type: 'samples'; readonly samples: Float32Array<ArrayBuffer> }
  | ({ readonly type: 'end' } & EndFrame)
  | ({ readonly type: 'refused' } & RefusedFrame);

/** More than a second of the highest rate is nobody's frame. */
const maxFrameBytes = 4 * 768_000;

const infoSchema = z.object({
  codec: z.string().max(40),
  sampleRateHz: z.number().positive(),
  channels: z.int().min(1),
  expectedSeconds: z.number().nonnegative().optional(),
  declared: z.boolean(),
});
const endSchema = z.object({ truncated: z.boolean() });
const refusedSchema = z.object({ reason: z.enum(refusals) });

/**
 * Gives frames as they are asked for; reads no more of `bytes` than it needs, so that a slow reader holds the writer.
 * Ends where the bytes end, a half frame at the end is dropped. Errors: engine_failed (not the protocol).
 */
export async function* readFrames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<MediaFrame, void, undefined> {
  let held: Buffer = Buffer.alloc(0);
  for await (const part of bytes) {
    held = held.length === 0 ? Buffer.from(part.buffer, part.byteOffset, part.length) : Buffer.concat([held, part]);
    while (held.length >= frameHeaderBytes) {
      const length = held.readUInt32LE(1);
      if (length > maxFrameBytes) throw notProtocol();
      if (held.length < frameHeaderBytes + length) break;
      yield parseFrame(held.readUInt8(0), held.subarray(frameHeaderBytes, frameHeaderBytes + length));
      held = held.subarray(frameHeaderBytes + length);
    }
  }
}

function parseFrame(kind: number, payload: Buffer): MediaFrame {
  try {
    switch (kind) {
      case frameKinds.samples:
        if (payload.length % 4 !== 0) throw notProtocol();
        // A copy: it belongs to the reader, and floats must begin at a multiple of four.
        return { type: 'samples', samples: new Float32Array(Uint8Array.from(payload).buffer) };
      case frameKinds.info:
        return { type: 'info', ...infoSchema.parse(JSON.parse(payload.toString('utf8'))) };
      case frameKinds.end:
        return { type: 'end', ...endSchema.parse(JSON.parse(payload.toString('utf8'))) };
      case frameKinds.refused:
        return { type: 'refused', ...refusedSchema.parse(JSON.parse(payload.toString('utf8'))) };
      default:
        throw notProtocol();
    }
  } catch (error) {
    throw error instanceof AntiphonError ? error : notProtocol(error);
  }
}

function notProtocol(cause?: unknown): AntiphonError {
  return new AntiphonError('engine_failed', 'The decoder of the file answered in a way that is not its protocol.', { cause });
}
