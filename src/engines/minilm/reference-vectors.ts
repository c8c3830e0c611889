/**
 * What the reference implementation (BertModel of transformers in 32-bit floats, mean over all tokens, length 1) makes
 * of some texts: token ids, and vectors as base64 of little-endian floats. For tests and the bench.
 */
import { readFileSync } from 'node:fs';

type Stored = { readonly text: string; readonly repeat?: number; readonly ids?: readonly number[]; readonly vector: string };

export type ReferenceText = {
  readonly text: string;
  /** Absent for a text that is longer than the model looks. */
  readonly ids: readonly number[] | undefined;
  readonly vector: Float32Array;
};

export function readReferenceTexts(): readonly ReferenceText[] {
  const stored = JSON.parse(readFileSync(new URL('reference-vectors.json', import.meta.url), 'utf8')) as readonly Stored[];
  return stored.map(({ text, repeat = 1, ids, vector }) => {
    const bytes = Uint8Array.from(Buffer.from(vector, 'base64'));
    return { text: text.repeat(repeat), ids, vector: new Float32Array(bytes.buffer) };
  });
}

/** Of two vectors of length 1. */
export function cosine(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, index) => sum + value * other[index]!, 0);
}
