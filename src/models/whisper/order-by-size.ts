/**
 * The numbers between the two products of a feed-forward part, in order of how large they become: which comes first is
 * nobody's business but theirs, and like sizes beside each other can share a scale when they are turned into 8 bits.
 */
import type { Weight } from './quantised-product.ts';

export type Layer = { readonly weight: Weight; readonly bias: Float32Array };

/** How far above its mean a number goes: nearly all stay below three times their spread. */
const spreads = 3;

/**
 * The rows of `layer`, smallest result first, as far as weights alone tell: what comes in was normalised with `gamma`
 * and `beta`, so each number of it has these for its spread and mean.
 */
export function bySize({ weight, bias }: Layer, { gamma, beta }: { readonly gamma: Float32Array; readonly beta: Float32Array }): readonly number[] {
  const sizes = Float64Array.from({ length: weight.rows }, (_, row) => {
    let mean = bias[row]!;
    let variance = 0;
    for (let column = 0; column < weight.columns; column++) {
      const factor = weight.values[row * weight.columns + column]!;
      mean += factor * beta[column]!;
      variance += (factor * gamma[column]!) ** 2;
    }
    return mean + spreads * Math.sqrt(variance);
  });
  return Array.from(sizes.keys()).sort((one, other) => sizes[one]! - sizes[other]!);
}

export function rowsInOrder({ weight, bias }: Layer, order: readonly number[]): Layer {
  const { rows, columns } = weight;
  const values = new Float32Array(rows * columns);
  for (const [to, from] of order.entries()) values.set(weight.values.subarray(from * columns, (from + 1) * columns), to * columns);
  return { weight: { values, rows, columns }, bias: Float32Array.from(order, (from) => bias[from]!) };
}

export function columnsInOrder({ values: given, rows, columns }: Weight, order: readonly number[]): Weight {
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) for (const [to, from] of order.entries()) values[row * columns + to] = given[row * columns + from]!;
  return { values, rows, columns };
}
