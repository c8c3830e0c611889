/**
 * Brings a piece of work to the first member of a chain that does it. This is the only place that asks a provider twice:
 * adapters make one attempt, and the local member's pool begins anew by itself, so that one is asked once.
 */
import type { Clock } from '../clock.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import { createBreakerBook, type BreakerBook } from './breaker-book.ts';
import type { BreakerSettings, Permit } from './circuit-breaker.ts';
import { verdictOn } from './failure-verdict.ts';
import { localMember, type Fallback, type FallbackOptions, type MemberState, type Served, type WorkKind } from './fallback.ts';
import { beginWithin, commitTo, openAttempt, type MemberAttempt } from './member-attempt.ts';
import { untilBegun } from './until-begun.ts';

export type FallbackSettings = {
  /** For a request as a whole, until it is answered or its answer begins. */
  readonly deadlineMs: number;
  /** A member that has not begun to answer by then is abandoned, where another one comes after it. */
  readonly firstPieceMs: number;
  /** Of each member but the local one. */
  readonly attempts: number;
  /** Bound of the first pause between two attempts; doubles up to `mostBackoffMs`. */
  readonly backoffMs: number;
  readonly mostBackoffMs: number;
  readonly breaker: BreakerSettings;
};

export type CreateFallbackOptions = {
  readonly settings: FallbackSettings;
  readonly chain: (kind: WorkKind) => readonly string[];
  readonly clock: Clock;
  /** 0…1 */
  readonly random: () => number;
  readonly observer: FallbackObserver;
};

/** Told of what happens, for metrics and the log; must not block or throw. */
export type FallbackObserver = {
  /** One attempt ended: `ok` or the error's code. */
  readonly onAttempt: (event: { readonly kind: WorkKind; readonly member: string; readonly outcome: string; readonly durationMs: number }) => void;
  readonly onBreaker: (state: MemberState) => void;
  /** A request was served by another than the first of its members. */
  readonly onFailover: (event: { readonly kind: WorkKind; readonly from: string; readonly to: string }) => void;
};

export type SteerableFallback = Fallback & Pick<BreakerBook, 'reset' | 'probeNow'>;

type Begin<Value> = (attempt: MemberAttempt) => Promise<Value>;

export function createFallback({ settings, chain, clock, random, observer }: CreateFallbackOptions): SteerableFallback {
  const breakers = createBreakerBook({ settings: settings.breaker, clock, onChange: observer.onBreaker });

  /** Tries members until `begin` resolves for one, which then has that attempt in its hands. */
  async function search<Value>(kind: WorkKind, { signal, members = chain(kind), deadlineMs = settings.deadlineMs, isPart = false }: FallbackOptions, begin: Begin<Value>): Promise<Served<Value>> {
    signal.throwIfAborted();
    const [first = localMember] = members;
    const deadlineAtMs = clock.now() + deadlineMs;
    let lastError: AntiphonError | undefined;
    for (const [index, member] of members.entries()) {
      const outcome = await tryMember({ kind, member, isLast: index === members.length - 1, isPart, signal, deadlineAtMs }, begin);
      if ('value' in outcome) {
        if (member !== first) observer.onFailover({ kind, from: first, to: member });
        return { member, insteadOf: member === first ? undefined : first, value: outcome.value };
      }
      lastError = outcome.error ?? lastError;
      if (clock.now() >= deadlineAtMs) break;
    }
    throw lastError ?? outOfService(kind, members);
  }

  type Turn = { readonly kind: WorkKind; readonly member: string; readonly isLast: boolean; readonly isPart: boolean; readonly signal: AbortSignal; readonly deadlineAtMs: number };

  /** No error where it was passed over. Throws what ends the search. */
  async function tryMember<Value>(turn: Turn, begin: Begin<Value>): Promise<{ readonly value: Value } | { readonly error: AntiphonError | undefined }> {
    const { member, signal, deadlineAtMs } = turn;
    const attempts = member === localMember ? 1 : settings.attempts;
    let error: AntiphonError | undefined;
    for (let number = 1; number <= attempts; number++) {
      const attempt = openIfAdmitted(turn);
      if (attempt === undefined) break;
      try {
        const leftMs = deadlineAtMs - clock.now();
        const limitMs = turn.isLast ? leftMs : Math.min(leftMs, settings.firstPieceMs);
        return { value: await beginWithin(attempt, begin, { limitMs, fairMs: settings.firstPieceMs, clock }) };
      } catch (thrown) {
        attempt.fail(thrown);
        signal.throwIfAborted();
        error = toAntiphonError(thrown);
        const { passesOn, isWorthAnother } = verdictOn(error);
        if (!passesOn) throw error;
        const pauseMs = pauseAfter(number, error);
        if (!isWorthAnother || number === attempts || clock.now() + pauseMs >= deadlineAtMs) break;
        if (pauseMs > 0) await clock.sleep(pauseMs, signal);
      }
    }
    return { error };
  }

  /** Where nobody comes after this machine it is asked in any case: its pool knows best when its workers are back. */
  function openIfAdmitted({ kind, member, isLast, isPart, signal }: Turn): MemberAttempt | undefined {
    const permit = isPart ? unheard : breakers.of(kind, member).admit() ?? (member === localMember && isLast ? unheard : undefined);
    breakers.look(kind, member);
    if (permit === undefined) return undefined;
    const onEnd = (outcome: string, durationMs: number): void => {
      observer.onAttempt({ kind, member, outcome, durationMs });
      breakers.look(kind, member);
    };
    return openAttempt({ member, permit, caller: signal, clock, onEnd });
  }

  /** Full jitter; where the member named a time, that and a little, so that not everybody comes back in the same instant. */
  function pauseAfter(attempt: number, { retryAfterSeconds }: AntiphonError): number {
    const jitterMs = random() * Math.min(settings.mostBackoffMs, settings.backoffMs * 2 ** (attempt - 1));
    return retryAfterSeconds === undefined ? jitterMs : retryAfterSeconds * 1000 + jitterMs;
  }

  function outOfService(kind: WorkKind, members: readonly string[]): AntiphonError {
    const soonestMs = Math.min(...members.map((member) => breakers.of(kind, member).snapshot().retryAtMs ?? clock.now()));
    const retryAfterSeconds = Math.max(1, Math.ceil((soonestMs - clock.now()) / 1000));
    return new AntiphonError('provider_unavailable', `Nobody is left to ask for ${kind}: ${members.join(', ')} ${members.length === 1 ? 'is' : 'are'} out of service after repeated failures. GET /api/v1/providers says why.`, { retryAfterSeconds });
  }

  /** This machine alone has nobody to fall back on: it works as if there were no chains, and its pool's own limits hold. */
  const isLocalAlone = (kind: WorkKind, { members = chain(kind) }: FallbackOptions): boolean => members.length === 1 && members[0] === localMember;

  return {
    run: async (kind, attempt, options) => {
      if (isLocalAlone(kind, options)) return { member: localMember, insteadOf: undefined, value: await attempt(localMember, options.signal) };
      return search(kind, options, async (own) => {
        const value = await attempt(own.member, own.signal);
        own.succeed();
        return value;
      });
    },
    stream: async (kind, attempt, options) => {
      if (!isLocalAlone(kind, options)) return search(kind, options, async (own) => commitTo(await untilBegun(attempt(own.member, own.signal), own.signal), own));
      const begun = await untilBegun(attempt(localMember, options.signal), options.signal);
      return { member: localMember, insteadOf: undefined, value: await commitTo(begun, untold) };
    },
    chain,
    states: breakers.states,
    reset: breakers.reset,
    probeNow: breakers.probeNow,
  };
}

const nothing = (): void => undefined;
const unheard: Permit = { began: nothing, succeeded: nothing, failed: nothing, returned: nothing };
const untold = { began: nothing, succeed: nothing, fail: nothing, leave: nothing };
