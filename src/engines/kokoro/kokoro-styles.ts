/** Voice files: 510 rows of 256 numbers, one row for each count of tokens. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AntiphonError } from '../../errors.ts';
import type { Blend } from './kokoro-blend.ts';
import { styleSize } from './kokoro-model.ts';

const rows = 510;
export const voiceFileBytes = rows * styleSize * 4;

export type KokoroStyles = {
  /** The row for `tokenCount` tokens, mixed from the voices of the blend. Errors: model_file_invalid. */
  row(blend: Blend, tokenCount: number): Promise<Float32Array>;
};

/** Reads a voice at its first use and keeps it: 0.5 MB each. */
export function createKokoroStyles(voicesDir: string): KokoroStyles {
  const voices = new Map<string, Promise<Float32Array>>();

  const voice = (voiceId: string): Promise<Float32Array> => {
    const known = voices.get(voiceId);
    if (known !== undefined) return known;
    const reading = readVoice(path.join(voicesDir, `${voiceId}.bin`));
    voices.set(voiceId, reading);
    // A failure is not kept: the file may be put right while we run.
    reading.catch(() => voices.delete(voiceId));
    return reading;
  };

  return {
    async row(blend, tokenCount) {
      const start = Math.min(tokenCount, rows - 1) * styleSize;
      const mixed = new Float32Array(styleSize);
      for (const { voiceId, weight } of blend.parts) {
        const values = await voice(voiceId);
        for (let i = 0; i < styleSize; i++) mixed[i]! += weight * values[start + i]!;
      }
      return mixed;
    },
  };
}

async function readVoice(file: string): Promise<Float32Array> {
  const damaged = (cause?: unknown): AntiphonError => new AntiphonError('model_file_invalid', 'A Kokoro voice file is damaged or cannot be read.', { param: 'voice', cause });
  const bytes = await readFile(file).catch((thrown: unknown) => {
    throw damaged(thrown);
  });
  if (bytes.length !== voiceFileBytes) throw damaged();
  const values = new Float32Array(bytes.length / 4);
  new Uint8Array(values.buffer).set(bytes);
  if (!values.every(Number.isFinite)) throw damaged();
  return values;
}
