import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeadlineQueue } from './deadline-queue.ts';

describe('deadline queue', () => {
  it('gives items by deadline, and equals in their order of arrival', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (deadlines) => {
      const queue = createDeadlineQueue<number>();
      deadlines.forEach((deadlineMs, index) => queue.add(index, deadlineMs));
      const taken = Array.from({ length: deadlines.length }, () => queue.take()!);
      const expected = deadlines.map((deadlineMs, index) => ({ deadlineMs, index })).sort((a, b) => a.deadlineMs - b.deadlineMs || a.index - b.index);
      expect(taken).toEqual(expected.map(({ index }) => index));
      expect(queue.take()).toBeUndefined();
    }));
  });

  it('never gives out what was removed, and counts only what is left', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean())), (items) => {
      const queue = createDeadlineQueue<number>();
      const places = items.map(([deadlineMs], index) => queue.add(index, deadlineMs));
      items.forEach(([, removed], index) => { if (removed) places[index]!.remove(); });
      const kept = items.flatMap(([, removed], index) => (removed ? [] : [index]));
      expect(queue.size()).toBe(kept.length);
      const taken = Array.from({ length: kept.length }, () => queue.take()!);
      expect([...taken].sort((a, b) => a - b)).toEqual(kept);
      expect(queue.size()).toBe(0);
    }));
  });
});
