import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { enteredColumns } from './time-warping.ts';

const table = (...rows: number[][]) => ({ values: Float32Array.from(rows.flat()), rows: rows.length, columns: rows[0]!.length });

describe('enteredColumns', () => {
  it('finds where each row is cheapest', () => {
    expect([...enteredColumns(table([0, 0, 1, 1, 1], [1, 1, 0, 1, 1], [1, 1, 1, 0, 0]))]).toEqual([0, 2, 3]);
  });

  it('lets rows share a column where there are more rows than columns', () => {
    const entered = enteredColumns(table([0, 1], [0, 1], [1, 0], [1, 0]));
    expect([...entered]).toEqual([0, 0, 1, 1]);
  });

  it('goes through one row or one column', () => {
    expect([...enteredColumns(table([1, 2, 3]))]).toEqual([0]);
    expect([...enteredColumns(table([1], [2], [3]))]).toEqual([0, 0, 0]);
  });

  it('costs no more than any other monotone path', () => {
    const costs = fc.integer({ min: 1, max: 4 }).chain((columns) => fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(costs, (rows) => {
        const cheapest = (row: number, column: number): number => {
          if (row < 0 || column < 0) return Infinity;
          const before = row === 0 && column === 0 ? 0 : Math.min(cheapest(row - 1, column), cheapest(row, column - 1), cheapest(row - 1, column - 1));
          return rows[row]![column]! + before;
        };
        return costOf(rows, enteredColumns(table(...rows))) === cheapest(rows.length - 1, rows[0]!.length - 1);
      }),
    );
  });
});

/** The cheapest that a path with these entries can be: it leaves a row in the column it enters the next, or one before. */
function costOf(rows: readonly (readonly number[])[], entered: Int32Array): number {
  let total = 0;
  for (const [row, costs] of rows.entries()) {
    const from = entered[row]!;
    const next = entered[row + 1];
    const sum = (to: number): number => costs.slice(from, to + 1).reduce((all, cost) => all + cost, 0);
    total += next === undefined ? sum(costs.length - 1) : Math.min(sum(next), next > from ? sum(next - 1) : Infinity);
  }
  return total;
}
