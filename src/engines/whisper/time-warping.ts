/** Dynamic time warping: the cheapest monotone path through a table of rows (tokens) by columns (frames). */

export type CostTable = {
  /** Row by row. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
};

const diagonal = 0;
const up = 1;
const left = 2;

/**
 * The column at which the path enters each row. The path begins in the first row and column, ends in the last, and moves
 * by one row, one column or both (Sakoe and Chiba 1978, without weights).
 */
export function enteredColumns({ values, rows, columns }: CostTable): Int32Array {
  const moves = new Uint8Array(rows * columns);
  let above = new Float64Array(columns).fill(Infinity);
  for (let row = 0; row < rows; row++) {
    const current = new Float64Array(columns);
    for (let column = 0; column < columns; column++) {
      const isStart = row === 0 && column === 0;
      const fromDiagonal = column === 0 ? Infinity : above[column - 1]!;
      const fromAbove = above[column]!;
      const fromLeft = column === 0 ? Infinity : current[column - 1]!;
      const best = isStart ? 0 : Math.min(fromDiagonal, fromAbove, fromLeft);
      moves[row * columns + column] = best === fromDiagonal ? diagonal : best === fromAbove ? up : left;
      current[column] = values[row * columns + column]! + best;
    }
    above = current;
  }
  const entered = new Int32Array(rows);
  for (let row = rows - 1, column = columns - 1; row >= 0 && column >= 0; ) {
    entered[row] = column;
    if (row === 0 && column === 0) break;
    const move = moves[row * columns + column]!;
    if (move !== left) row--;
    if (move !== up) column--;
  }
  return entered;
}
