/**
 * What every chain of providers promises, whatever the kind of work: members are tried in order, one that is out of
 * service is passed over, and once a caller has been given something nobody else begins anew.
 */
import type { AntiphonError } from '../errors.ts';

export const workKinds = ['speech', 'transcription', 'chat', 'embeddings'] as const;
export type WorkKind = (typeof workKinds)[number];

/** The member that is this machine itself; every other one is a provider's id. */
export const localMember = 'local';

export type Served<Value> = {
  /** Who served: `local`, or a provider's id. */
  readonly member: string;
  /** The member that should have served, where another had to stand in. */
  readonly insteadOf: string | undefined;
  readonly value: Value;
};

export type FallbackOptions = {
  /** The caller's own: aborted, nobody else is tried and nothing is held against anybody. */
  readonly signal: AbortSignal;
  /** Only these, in this order, in place of the kind's chain: where the caller named a provider. */
  readonly members?: readonly string[] | undefined;
  /** In place of the configured one, for work that may wait its turn for longer. */
  readonly deadlineMs?: number | undefined;
  /** A part of work that is under way with this member: it gets its attempts, and counts as a part of the whole. */
  readonly isPart?: boolean;
};

export type Fallback = {
  /**
   * For answers that come whole. Within one deadline for the request as a whole each member gets its attempts, with
   * pauses that honour Retry-After; an error that is the caller's own fault ends the search, unless it is one that
   * another member may not make: a context too long for this one, a language it does not know, a provider's refusal,
   * which as often as not means that it has taken a model away. Such are held against nobody.
   * Errors: the last member's where all failed; provider_unavailable where none could be tried; the signal's reason.
   */
  readonly run: <Value>(kind: WorkKind, attempt: (member: string, signal: AbortSignal) => Promise<Value>, options: FallbackOptions) => Promise<Served<Value>>;
  /**
   * For answers that come in pieces: resolves with the first piece in hand, and from then on the member is committed;
   * what fails later rejects from the iterator and counts against him.
   */
  readonly stream: <Item>(kind: WorkKind, attempt: (member: string, signal: AbortSignal) => AsyncIterable<Item>, options: FallbackOptions) => Promise<Served<AsyncGenerator<Item>>>;
  /** The kind's chain as it is now. */
  readonly chain: (kind: WorkKind) => readonly string[];
  readonly states: () => readonly MemberState[];
};

/** closed: in service. open: passed over until `retryAtMs`. half-open: one request tries whether it is back. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export type MemberState = {
  readonly kind: WorkKind;
  readonly member: string;
  readonly breaker: BreakerState;
  readonly consecutiveFailures: number;
  /** Of the last calls that the breaker remembers. */
  readonly recentCalls: number;
  readonly recentFailures: number;
  readonly lastError: AntiphonError | undefined;
  /** When the next probe may be made, on the clock; undefined while closed. */
  readonly retryAtMs: number | undefined;
  /** Of those that succeeded lately; undefined before the first. */
  readonly latencyMs: number | undefined;
};
