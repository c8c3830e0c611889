import { describe, expect, it } from 'vitest';
import { quantiseBlocks, quantiseRowsTransposed } from './quantise-weights.ts';

const weight = Float32Array.from({ length: 4 * 64 }, (_, i) => Math.sin(i * 1.7) * (1 + (i % 5)) * 10 ** (Math.floor(i / 64) - 2));

describe('quantiseRowsTransposed', () => {
  it('gives every row a scale with which no number is off by more than half a step, nor beyond the limit', () => {
    const { values, scales } = quantiseRowsTransposed(weight, { rows: 4, columns: 64, limit: 63 });
    for (const [i, value] of weight.entries()) {
      const [row, column] = [Math.floor(i / 64), i % 64];
      const whole = values[column * 4 + row]!;
      expect(Math.abs(whole)).toBeLessThanOrEqual(63);
      expect(Math.abs(whole * scales[row]! - value)).toBeLessThanOrEqual(scales[row]! * 0.50001);
    }
    expect(Math.max(...values)).toBe(63);
  });
});

describe('quantiseBlocks', () => {
  it('gives every block a scale with which no number is off by more than half a step', () => {
    const { values, scales } = quantiseBlocks(weight, 32);
    expect(scales).toHaveLength(8);
    for (const [i, value] of weight.entries()) {
      const scale = scales[Math.floor(i / 32)]!;
      expect(Math.abs((values[i]! - 128) * scale - value)).toBeLessThanOrEqual(scale * 0.50001);
    }
    expect(Math.max(...values.map((value) => Math.abs(value - 128)))).toBe(127);
  });

  it('keeps a block of zeros', () => {
    expect(quantiseBlocks(new Float32Array(32), 32)).toEqual({ values: new Uint8Array(32).fill(128), scales: Float32Array.of(1) });
  });
});
