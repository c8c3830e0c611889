/** Reads the weights of a safetensors file: eight bytes of length, a JSON header, and the numbers. */
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';

export type SafetensorsFile = {
  /** Errors: model_file_invalid where the tensor is missing, of another shape, or not of 32-bit floats. */
  readonly floats: (name: string, shape: readonly number[]) => Promise<Float32Array>;
  readonly close: () => Promise<void>;
};

const entrySchema = z.object({ dtype: z.string(), shape: z.array(z.int().nonnegative()), data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]) });
const headerSchema = z.record(z.string(), z.union([entrySchema, z.record(z.string(), z.string())]));
/** The header of a model with thousands of tensors has a tenth of this. */
const maxHeaderBytes = 16 * 1024 * 1024;

/** Errors: model_file_invalid where it is no such file or is cut off. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await open(path, 'r').catch((cause: unknown) => { throw invalid('model.safetensors cannot be read.', cause); });

  async function bytes(length: number, position: number): Promise<Buffer<ArrayBuffer>> {
    const buffer = Buffer.from(new ArrayBuffer(length));
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
      if (bytesRead === 0) throw invalid('model.safetensors is cut off.');
      filled += bytesRead;
    }
    return buffer;
  }

  try {
    const headerBytes = Number((await bytes(8, 0)).readBigUInt64LE());
    if (headerBytes > maxHeaderBytes) throw invalid('model.safetensors is no safetensors file.');
    const header = headerSchema.safeParse(parseJson((await bytes(headerBytes, 8)).toString('utf8')));
    if (!header.success) throw invalid('model.safetensors has no header that can be read.');
    return {
      floats: async (name, shape) => {
        const entry = entrySchema.safeParse(header.data[name]);
        if (!entry.success) throw invalid(`model.safetensors lacks ${name}.`);
        const [from, to] = entry.data.data_offsets;
        const elements = shape.reduce((product, size) => product * size, 1);
        if (entry.data.dtype !== 'F32' || entry.data.shape.join() !== shape.join() || to - from !== elements * 4) {
          throw invalid(`${name} in model.safetensors is ${entry.data.dtype} [${entry.data.shape.join(', ')}] where F32 [${shape.join(', ')}] belongs.`);
        }
        return new Float32Array((await bytes(to - from, 8 + headerBytes + from)).buffer);
      },
      close: () => file.close(),
    };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(reason: string, cause?: unknown): AntiphonError {
  return new AntiphonError('model_file_invalid', reason, { param: 'model', cause });
}
