import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSampleWindow } from './sample-window.ts';

describe('the window of samples', () => {
  it('holds what was not dropped, under the numbers of the whole sound', () => {
    const operation = fc.oneof(
      fc.record({ append: fc.integer({ min: 0, max: 20_000 }) }),
      fc.record({ drop: fc.integer({ min: -5000, max: 30_000 }) }),
    );
    fc.assert(fc.property(fc.array(operation, { maxLength: 40 }), fc.array(fc.integer({ min: -100, max: 40_000 }), { minLength: 2, maxLength: 2 }), (operations, [from, length]) => {
      const window = createSampleWindow();
      let [start, end] = [0, 0];
      for (const operation of operations) {
        if ('append' in operation) {
          window.append(Float32Array.from({ length: operation.append }, (_, i) => end + i));
          end += operation.append;
        } else {
          window.dropBefore(start + operation.drop);
          start = Math.min(Math.max(start, start + operation.drop), end);
        }
        expect([window.startSample(), window.endSample()]).toEqual([start, end]);
      }
      const slice = window.slice(start + from!, start + from! + length!);
      const [first, last] = [Math.max(start, start + from!), Math.min(end, start + from! + length!)];
      expect(slice).toEqual(Float32Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i));
    }));
  });
});
