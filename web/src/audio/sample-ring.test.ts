import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSampleRing, historySamples } from './sample-ring.ts';

describe('the sample ring', () => {
  it('behaves as an unbounded list would, however it is written and read', () => {
    const step = fc.oneof(fc.record({ write: fc.integer({ min: 0, max: 30 }) }), fc.record({ read: fc.integer({ min: 0, max: 30 }) }));
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const capacity = 40;
      const ring = createSampleRing(capacity);
      const list: number[] = [];
      let read = 0;
      for (const one of steps) {
        if ('write' in one) {
          const samples = Float32Array.from({ length: one.write }, (_, i) => list.length + i + 1);
          const taken = ring.write(samples);
          expect(taken).toBe(Math.min(one.write, capacity - (list.length - read)));
          list.push(...samples.subarray(0, taken));
        } else {
          const count = Math.min(one.read, ring.available());
          ring.advance(count);
          read += count;
        }
        expect(ring.available()).toBe(list.length - read);
        for (let offset = -historySamples; offset < ring.available(); offset++) expect(ring.at(offset)).toBe(list[read + offset] ?? 0);
        expect(ring.at(ring.available())).toBe(0);
      }
    }));
  });

  it('is silent after a clear, the past included', () => {
    const ring = createSampleRing(10);
    ring.write(new Float32Array(8).fill(1));
    ring.advance(4);
    ring.clear();
    expect([-1, 0, 1].map(ring.at)).toEqual([0, 0, 0]);
  });
});
