/** One attempt of one member: how long it may take to begin, who ends it, and what its breaker learns from it. */
import { begunGenerator } from '../begun-generator.ts';
import type { Clock } from '../clock.ts';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { Permit } from './circuit-breaker.ts';
import { verdictOn } from './failure-verdict.ts';
import type { BegunStream } from './until-begun.ts';

export type MemberAttempt = {
  readonly member: string;
  /** Aborted by the caller, or when the attempt is given up. */
  readonly signal: AbortSignal;
  readonly began: () => void;
  /** How it ended: only the first of these is listened to. */
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
  /** Ends what is still being done for it. */
  readonly leave: (reason: unknown) => void;
};

export type OpenAttemptOptions = {
  readonly member: string;
  readonly permit: Permit;
  readonly caller: AbortSignal;
  readonly clock: Clock;
  /** `ok` or the error's code. */
  readonly onEnd: (outcome: string, durationMs: number) => void;
};

/** Given up because the request's time was over before this member had had a fair share of it. */
const unfairLimits = new WeakSet<AntiphonError>();

export function openAttempt({ member, permit, caller, clock, onEnd }: OpenAttemptOptions): MemberAttempt {
  const own = new AbortController();
  const startedMs = clock.now();
  let beganMs: number | undefined;
  let ended = false;
  const end = (outcome: string): void => {
    ended = true;
    onEnd(outcome, clock.now() - startedMs);
  };
  return {
    member,
    signal: AbortSignal.any([caller, own.signal]),
    began: () => {
      beganMs = clock.now();
      permit.began();
    },
    succeed: () => {
      if (ended) return;
      permit.succeeded((beganMs ?? clock.now()) - startedMs);
      end('ok');
    },
    fail: (thrown) => {
      if (ended) return;
      const error = toAntiphonError(thrown);
      const { record } = verdictOn(error);
      // Whoever finds fault with a request is there to do so.
      if (error.code === 'provider_rejected') permit.began();
      if (caller.aborted || record === 'spared' || unfairLimits.has(error)) permit.returned();
      else permit.failed(error, record === 'opens');
      end(caller.aborted ? 'cancelled' : error.code);
    },
    leave: (reason) => own.abort(reason),
  };
}

export type WithinOptions = {
  readonly limitMs: number;
  /** Whoever had less than this is not blamed for being late. */
  readonly fairMs: number;
  readonly clock: Clock;
};

/** An attempt that takes longer is told to stop, and not waited for. Errors: provider_timeout, and those of `begin`. */
export async function beginWithin<Value>(attempt: MemberAttempt, begin: (attempt: MemberAttempt) => Promise<Value>, { limitMs, fairMs, clock }: WithinOptions): Promise<Value> {
  const over = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(attempt.signal.reason);
  attempt.signal.addEventListener('abort', onAbort, { once: true });
  ended.catch(() => undefined);
  clock.sleep(limitMs, over.signal).then(() => {
    const error = new AntiphonError('provider_timeout', `${attempt.member} did not begin to answer within ${Math.round(limitMs)} ms.`);
    if (limitMs < fairMs) unfairLimits.add(error);
    attempt.leave(error);
  }, () => undefined);
  try {
    const work = begin(attempt);
    work.catch(() => undefined);
    return await Promise.race([work, ended]);
  } finally {
    over.abort();
    attempt.signal.removeEventListener('abort', onAbort);
  }
}

/** The rest of an answer whose first piece is there: nobody else begins anew, and how it ends is told. */
export async function commitTo<Item>({ pieces, leave }: BegunStream<Item>, attempt: Omit<MemberAttempt, 'signal' | 'member'>): Promise<AsyncGenerator<Item>> {
  attempt.began();
  async function* rest(): AsyncGenerator<Item | undefined> {
    try {
      yield undefined;
      yield* pieces;
      attempt.succeed();
    } catch (error) {
      attempt.fail(error);
      throw error;
    } finally {
      // Reached without either where the reader has left the loop.
      const left = new AntiphonError('cancelled', 'The reader left.');
      attempt.fail(left);
      attempt.leave(left);
      leave();
    }
  }
  return begunGenerator(rest);
}
