import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codedBits, createPayloadCode } from './payload-code.ts';

const code = createPayloadCode(new Uint8Array(32).fill(7));
const other = createPayloadCode(new Uint8Array(32).fill(8));
const anyPayload = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** Normal, from a seed, by the sum of twelve. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return () => Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6);
}

describe('createPayloadCode', () => {
  it('gives every payload back', () => {
    fc.assert(fc.property(anyPayload, (payload) => {
      expect(code.decode(Float32Array.from(code.encode(payload)))).toBe(payload);
    }), { numRuns: 50 });
  });

  it('gives it back through noise as strong as itself', () => {
    fc.assert(fc.property(anyPayload, fc.integer(), (payload, seed) => {
      const normal = noise(seed);
      expect(code.decode(Float32Array.from(code.encode(payload), (sign) => sign + normal()))).toBe(payload);
    }), { numRuns: 50 });
  });

  it('finds nothing in noise, nor with another key', () => {
    fc.assert(fc.property(anyPayload, fc.integer(), (payload, seed) => {
      const normal = noise(seed);
      expect(code.decode(Float32Array.from({ length: codedBits }, normal))).toBeUndefined();
      expect(other.decode(Float32Array.from(code.encode(payload)))).toBeUndefined();
    }), { numRuns: 50 });
  });

  it('makes codes that look like chance: payloads that differ in a bit share no more than their common bits', () => {
    const [one, two] = [code.encode(1), code.encode(0)];
    const same = one.filter((sign, index) => sign === two[index]).length;
    expect(same).toBeGreaterThan(codedBits * 0.3);
    expect(same).toBeLessThan(codedBits * 0.85);
  });
});
