/**
 * When each token is heard, from where the decoder looked when it wrote it: the cross-attention of some heads follows
 * the sound. As in the reference implementation of Whisper (timing.py).
 */
import { enteredColumns } from './time-warping.ts';

/** Softmax weights [heads, tokens, frames], frames of 20 ms. */
export type Attention = {
  readonly weights: Float32Array;
  readonly heads: number;
  readonly tokens: number;
  readonly frames: number;
};

const medianWidth = 7;

/**
 * The frame at which each of the rows `firstRow` … `endRow` − 1 begins. `soundFrames`: where the sound ends and padding
 * begins; what the heads saw there is left out.
 */
export function alignedFrames(attention: Attention, { firstRow, endRow, soundFrames }: { firstRow: number; endRow: number; soundFrames: number }): Int32Array {
  const columns = Math.max(1, Math.min(soundFrames, attention.frames));
  const rows = endRow - firstRow;
  const values = new Float32Array(rows * columns);
  for (let head = 0; head < attention.heads; head++) {
    const weights = standardised(attention, { head, columns });
    for (let row = 0; row < rows; row++) {
      const smooth = medianFiltered(weights.subarray((row + firstRow) * columns, (row + firstRow + 1) * columns));
      for (let column = 0; column < columns; column++) values[row * columns + column]! -= smooth[column]! / attention.heads;
    }
  }
  return enteredColumns({ values, rows, columns });
}

/** One head's weights over the sound alone, each frame's compared with what all tokens paid to it. */
function standardised({ weights, tokens, frames }: Attention, { head, columns }: { head: number; columns: number }): Float32Array {
  const out = new Float32Array(tokens * columns);
  for (let token = 0; token < tokens; token++) {
    const own = weights.subarray((head * tokens + token) * frames, (head * tokens + token) * frames + columns);
    const total = own.reduce((sum, weight) => sum + weight, 0) || 1;
    for (let column = 0; column < columns; column++) out[token * columns + column] = own[column]! / total;
  }
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    let squares = 0;
    for (let token = 0; token < tokens; token++) sum += out[token * columns + column]!;
    const mean = sum / tokens;
    for (let token = 0; token < tokens; token++) squares += (out[token * columns + column]! - mean) ** 2;
    const deviation = Math.sqrt(squares / tokens) || 1;
    for (let token = 0; token < tokens; token++) out[token * columns + column] = (out[token * columns + column]! - mean) / deviation;
  }
  return out;
}

/** The median of seven; the ends are mirrored. */
function medianFiltered(row: Float32Array): Float32Array {
  const half = medianWidth >> 1;
  if (row.length <= half) return row;
  const out = new Float32Array(row.length);
  const window = new Float32Array(medianWidth);
  for (let i = 0; i < row.length; i++) {
    for (let j = -half; j <= half; j++) window[j + half] = row[mirrored(i + j, row.length)]!;
    out[i] = window.sort()[half]!;
  }
  return out;
}

function mirrored(index: number, length: number): number {
  const inside = index < 0 ? -index : index;
  return inside < length ? inside : 2 * (length - 1) - inside;
}
