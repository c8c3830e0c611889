/**
 * Whether somebody is asked at all. Who failed often enough is left alone for a while; then one call, and only one,
 * tries whether he is back. No timers: every answer follows from the clock and from what the calls brought.
 */
import type { Clock } from '../clock.ts';
import type { AntiphonError } from '../errors.ts';
import type { BreakerState } from './fallback.ts';

export type BreakerSettings = {
  /** So many failures in a row open it. */
  readonly consecutiveFailures: number;
  /** Of so many calls, the last ones, … */
  readonly windowCalls: number;
  /** … once there were so many, … */
  readonly leastCalls: number;
  /** … this share of failures opens it too, 0…1. */
  readonly failureShare: number;
  /** How long it stays open; doubles while probes fail, … */
  readonly openMs: number;
  /** … up to this. */
  readonly mostOpenMs: number;
};

/** Leave to make one call. What it brought is told once; whatever comes after that, or after the breaker moved on, is not listened to. */
export type Permit = {
  /** The answer begins: a probe has found him back. His record is not clean before `succeeded`. */
  readonly began: () => void;
  readonly succeeded: (latencyMs: number) => void;
  /** `isFinal`: asking again is of no use for now, so it opens at once. */
  readonly failed: (error: AntiphonError, isFinal: boolean) => void;
  /** Nothing was learnt: the caller left, or his request was at fault. */
  readonly returned: () => void;
};

export type CircuitBreaker = {
  /** Undefined: he is to be passed over. */
  readonly admit: () => Permit | undefined;
  readonly snapshot: () => BreakerSnapshot;
  /** As if nothing had ever failed; calls under way are not listened to. */
  readonly reset: () => void;
  /** An open one lets its probe through now. */
  readonly probeNow: () => void;
};

export type BreakerSnapshot = {
  readonly breaker: BreakerState;
  readonly consecutiveFailures: number;
  readonly recentCalls: number;
  readonly recentFailures: number;
  readonly lastError: AntiphonError | undefined;
  readonly retryAtMs: number | undefined;
  readonly latencyMs: number | undefined;
};

/** A provider may name tomorrow; asking once an hour does no harm, and finds the quota that was bought meanwhile. */
const longestLimitMs = 3_600_000;
/** Weight of the newest call in the latency that is shown. */
const latencyWeight = 0.2;

export function createCircuitBreaker({ settings, clock }: { settings: BreakerSettings; clock: Clock }): CircuitBreaker {
  /** Changes with every transition: a call that was begun before it has nothing to say about what came after. */
  let era = 0;
  let outcomes: boolean[] = [];
  let inARow = 0;
  /** Undefined: closed. */
  let openUntilMs: number | undefined;
  let isProbing = false;
  /** Openings since it last worked. */
  let openings = 0;
  let lastError: AntiphonError | undefined;
  let latencyMs: number | undefined;

  function open(error: AntiphonError): void {
    const pauseMs = error.retryAfterSeconds === undefined ? Math.min(settings.mostOpenMs, settings.openMs * 2 ** openings) : Math.min(longestLimitMs, error.retryAfterSeconds * 1000);
    openings++;
    era++;
    isProbing = false;
    openUntilMs = clock.now() + pauseMs;
  }

  function close(): void {
    era++;
    isProbing = false;
    openUntilMs = undefined;
    outcomes = [];
  }

  function remember(succeeded: boolean): void {
    outcomes = [...outcomes, succeeded].slice(-settings.windowCalls);
    inARow = succeeded ? 0 : inARow + 1;
  }

  function isTooMuch(): boolean {
    const failures = outcomes.filter((succeeded) => !succeeded).length;
    return inARow >= settings.consecutiveFailures || (outcomes.length >= settings.leastCalls && failures / outcomes.length >= settings.failureShare);
  }

  function toPermit(isProbe: boolean): Permit {
    let own = era;
    let trying = isProbe;
    const settle = (): boolean => {
      const counts = own === era;
      own = -1;
      return counts;
    };
    const began = (): void => {
      if (!trying || own !== era) return;
      trying = false;
      close();
      own = era;
      // On trial until one call has gone well to its end: the next failure opens it again.
      inARow = settings.consecutiveFailures - 1;
    };
    return {
      began,
      succeeded: (tookMs) => {
        began();
        if (!settle()) return;
        remember(true);
        openings = 0;
        latencyMs = latencyMs === undefined ? tookMs : latencyMs + latencyWeight * (tookMs - latencyMs);
      },
      failed: (error, isFinal) => {
        if (!settle()) return;
        lastError = error;
        remember(false);
        if (trying || isFinal || isTooMuch()) open(error);
      },
      returned: () => {
        if (settle() && trying) isProbing = false;
      },
    };
  }

  function state(): BreakerState {
    if (openUntilMs === undefined) return 'closed';
    return isProbing || clock.now() >= openUntilMs ? 'half-open' : 'open';
  }

  return {
    admit: () => {
      if (openUntilMs === undefined) return toPermit(false);
      if (isProbing || clock.now() < openUntilMs) return undefined;
      isProbing = true;
      return toPermit(true);
    },
    snapshot: () => ({
      breaker: state(),
      consecutiveFailures: inARow,
      recentCalls: outcomes.length,
      recentFailures: outcomes.filter((succeeded) => !succeeded).length,
      lastError,
      retryAtMs: openUntilMs,
      latencyMs,
    }),
    reset: () => {
      close();
      inARow = 0;
      openings = 0;
      lastError = undefined;
    },
    probeNow: () => {
      if (openUntilMs !== undefined) openUntilMs = Math.min(openUntilMs, clock.now());
    },
  };
}
