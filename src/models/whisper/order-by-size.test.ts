import { describe, expect, it } from 'vitest';
import { bySize, columnsInOrder, rowsInOrder, type Layer } from './order-by-size.ts';
import type { Weight } from './quantised-product.ts';

/** Three numbers of two: the second becomes the largest, by its weights, the third by its bias alone. */
const inner: Layer = { weight: { values: Float32Array.of(0.1, 0.1, 4, -3, 0.2, 0.1), rows: 3, columns: 2 }, bias: Float32Array.of(0, 0, 2) };
const outer: Weight = { values: Float32Array.of(1, 10, 100, 2, 20, 200), rows: 2, columns: 3 };
const normal = { gamma: Float32Array.of(1, 1), beta: Float32Array.of(0, 0) };

function product({ values, rows, columns }: Weight, x: readonly number[]): number[] {
  return Array.from({ length: rows }, (_, row) => x.reduce((sum, one, column) => sum + one * values[row * columns + column]!, 0));
}

describe('numbers in order of size', () => {
  it('puts those last that become large by their weights, their bias, or what comes in', () => {
    expect(bySize(inner, normal)).toEqual([0, 2, 1]);
    expect(bySize(inner, { ...normal, beta: Float32Array.of(0, 9) })).toEqual([1, 0, 2]);
    expect(bySize({ ...inner, bias: Float32Array.of(0, 0, 20) }, normal)).toEqual([0, 1, 2]);
    expect(bySize(inner, { ...normal, gamma: Float32Array.of(0, 0) })).toEqual([0, 1, 2]);
  });

  it('changes nothing of what two layers make together', () => {
    const x = [0.5, -2];
    const through = (first: Layer, second: Weight) => product(second, product(first.weight, x).map((one, i) => Math.max(0, one + first.bias[i]!)));
    for (const order of [[0, 2, 1], [2, 1, 0], [1, 2, 0]]) {
      const moved = through(rowsInOrder(inner, order), columnsInOrder(outer, order));
      for (const [i, expected] of through(inner, outer).entries()) expect(moved[i]).toBeCloseTo(expected, 4);
    }
  });
});
