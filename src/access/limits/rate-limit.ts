/**
 * How often somebody may ask: a bucket that fills steadily and holds one period's worth (GCRA, the generic cell rate
 * algorithm of ATM Forum TM 4.0). One number a subject, exact to the millisecond, and no edge of a minute at which twice
 * the limit gets through.
 */

export type RateVerdict = {
  readonly isAllowed: boolean;
  readonly limit: number;
  /** That could come at once now. */
  readonly remaining: number;
  /** Until the bucket is full again. */
  readonly resetSeconds: number;
  /** Until one more is let through; 0 where one would be. */
  readonly retryAfterSeconds: number;
};

export type RateLimiter = {
  /** Counts one, if it is let through. */
  readonly take: (subject: string, limit: number) => RateVerdict;
};

/** Subjects that are remembered; whoever asked longest ago is forgotten first, and is then as good as new. */
const mostSubjects = 20_000;

export function createRateLimiter({ periodMs, now }: { readonly periodMs: number; readonly now: () => number }): RateLimiter {
  /** When each subject's bucket is full again. */
  const fullAtMs = new Map<string, number>();

  return {
    take: (subject, limit) => {
      const nowMs = now();
      const each = periodMs / Math.max(1, limit);
      const before = Math.max(nowMs, fullAtMs.get(subject) ?? 0);
      const after = before + each;
      const isAllowed = limit > 0 && after - nowMs <= periodMs + 1e-6;
      const full = isAllowed ? after : before;
      fullAtMs.delete(subject);
      fullAtMs.set(subject, full);
      if (fullAtMs.size > mostSubjects) fullAtMs.delete(fullAtMs.keys().next().value!);
      return {
        isAllowed,
        limit,
        remaining: limit === 0 ? 0 : Math.max(0, Math.floor((periodMs - (full - nowMs)) / each + 1e-6)),
        resetSeconds: wholeSeconds(full - nowMs),
        retryAfterSeconds: isAllowed ? 0 : Math.max(1, wholeSeconds(limit === 0 ? periodMs : after - nowMs - periodMs)),
      };
    },
  };
}

/** Rounded up, but not for what floating point adds to a sum of clock times. */
function wholeSeconds(durationMs: number): number {
  return Math.ceil(durationMs / 1_000 - 1e-6);
}
