/** Weights in 8 bits: whole numbers, and what to multiply them with. How they are used: quantised-product.ts. */

export type ColumnQuantised = {
  /** [columns, rows]: transposed, as a MatMul wants its second matrix. */
  readonly values: Int8Array;
  /** Of each row of the original. */
  readonly scales: Float32Array;
};

/** `weight` [rows, columns] with one scale a row; whole numbers up to `limit` on both sides of zero. */
export function quantiseRowsTransposed(weight: Float32Array, size: { rows: number; columns: number; limit: number }): ColumnQuantised {
  const { rows, columns, limit } = size;
  const values = new Int8Array(weight.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const scale = largest(weight, row * columns, columns) / limit || 1;
    scales[row] = scale;
    for (let column = 0; column < columns; column++) values[column * rows + row] = Math.round(weight[row * columns + column]! / scale);
  }
  return { values, scales };
}

export type BlockQuantised = {
  /** In the order of the original, 128 for zero. */
  readonly values: Uint8Array;
  /** Of each block. */
  readonly scales: Float32Array;
};

/** `weight` with one scale for every `blockSize` numbers in a row. */
export function quantiseBlocks(weight: Float32Array, blockSize: number): BlockQuantised {
  const values = new Uint8Array(weight.length);
  const scales = new Float32Array(weight.length / blockSize);
  for (let block = 0; block < scales.length; block++) {
    const start = block * blockSize;
    const scale = largest(weight, start, blockSize) / 127 || 1;
    scales[block] = scale;
    for (let i = start; i < start + blockSize; i++) values[i] = Math.round(weight[i]! / scale) + 128;
  }
  return { values, scales };
}

function largest(values: Float32Array, start: number, length: number): number {
  let found = 0;
  for (let i = start; i < start + length; i++) found = Math.max(found, Math.abs(values[i]!));
  return found;
}
