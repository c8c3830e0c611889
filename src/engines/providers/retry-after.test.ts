import { describe, expect, it } from 'vitest';
import { retryAfterSeconds } from './retry-after.ts';

const now = Date.parse('Tue, 01 Dec 2026 12:00:00 GMT');
const read = (headers: Record<string, string>) => retryAfterSeconds(new Headers(headers), () => now);

describe('when to ask again', () => {
  it.each([
    ['seconds', { 'retry-after': '120' }, 120],
    ['seconds with a fraction, which Groq sends', { 'retry-after': '2.5' }, 2.5],
    ['none at all', { 'retry-after': '0' }, 0],
    ['milliseconds, which OpenAI sends besides', { 'retry-after-ms': '1500', 'retry-after': '2' }, 1.5],
    ['a date', { 'retry-after': 'Tue, 01 Dec 2026 12:01:30 GMT' }, 90],
    ['a date by the provider’s own clock', { 'retry-after': 'Tue, 01 Dec 2026 15:00:10 GMT', date: 'Tue, 01 Dec 2026 15:00:00 GMT' }, 10],
    ['a date that has passed', { 'retry-after': 'Tue, 01 Dec 2026 11:00:00 GMT' }, 0],
  ])('is read from %s', (_name, headers: Record<string, string>, expected) => {
    expect(read(headers)).toBe(expected);
  });

  it.each(['', 'soon', '-5', '1e3x', 'NaN'])('is not read from %j', (value) => {
    expect(read({ 'retry-after': value })).toBeUndefined();
  });
});
