/** One breaker a member and kind of work, made when first asked for; whoever listens is told when one changes. */
import type { Clock } from '../clock.ts';
import { createCircuitBreaker, type BreakerSettings, type CircuitBreaker } from './circuit-breaker.ts';
import type { BreakerState, MemberState, WorkKind } from './fallback.ts';

export type BreakerBook = {
  readonly of: (kind: WorkKind, member: string) => CircuitBreaker;
  /** Looks whether it has changed, and tells. */
  readonly look: (kind: WorkKind, member: string) => void;
  readonly states: () => readonly MemberState[];
  /** Closes a member's breakers, of all kinds. */
  readonly reset: (member: string) => void;
  /** Its open breakers let their probe through now: somebody has reason to believe that it is back. */
  readonly probeNow: (member: string) => void;
};

export type BreakerBookOptions = {
  readonly settings: BreakerSettings;
  readonly clock: Clock;
  readonly onChange: (state: MemberState) => void;
};

type Entry = { readonly kind: WorkKind; readonly member: string; readonly breaker: CircuitBreaker; told: BreakerState };

export function createBreakerBook({ settings, clock, onChange }: BreakerBookOptions): BreakerBook {
  const entries = new Map<string, Entry>();

  function entryOf(kind: WorkKind, member: string): Entry {
    const key = `${kind} ${member}`;
    const known = entries.get(key);
    if (known) return known;
    const entry: Entry = { kind, member, breaker: createCircuitBreaker({ settings, clock }), told: 'closed' };
    entries.set(key, entry);
    return entry;
  }

  function tell(entry: Entry): void {
    const state = stateOf(entry);
    if (state.breaker === entry.told) return;
    entry.told = state.breaker;
    onChange(state);
  }

  function each(member: string, change: (breaker: CircuitBreaker) => void): void {
    for (const entry of entries.values()) {
      if (entry.member !== member) continue;
      change(entry.breaker);
      tell(entry);
    }
  }

  return {
    of: (kind, member) => entryOf(kind, member).breaker,
    look: (kind, member) => tell(entryOf(kind, member)),
    states: () => [...entries.values()].map(stateOf),
    reset: (member) => each(member, (breaker) => breaker.reset()),
    probeNow: (member) => each(member, (breaker) => breaker.probeNow()),
  };
}

function stateOf({ kind, member, breaker }: Entry): MemberState {
  return { kind, member, ...breaker.snapshot() };
}
