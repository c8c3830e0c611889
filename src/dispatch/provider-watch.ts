/** Asks providers that stand in a chain whether they are there, with what costs nothing, and remembers what they said. */
import type { Clock } from '../clock.ts';
import { toAntiphonError, type AntiphonError } from '../errors.ts';
import type { ProviderCheck } from '../engines/providers/provider.ts';
import type { ProviderRoster } from './provider-roster.ts';

export type LastCheck = { readonly at: Date } & ({ readonly found: ProviderCheck } | { readonly error: AntiphonError });

export type ProviderWatch = {
  /** Undefined before the first check. */
  readonly last: (id: string) => LastCheck | undefined;
  /** Asks now; who asks while somebody else does gets the same answer. Errors: provider_unknown, the signal's reason. */
  readonly check: (id: string, signal: AbortSignal) => Promise<LastCheck>;
  readonly start: () => void;
  readonly close: () => Promise<void>;
};

export type ProviderWatchOptions = {
  readonly roster: ProviderRoster;
  /** Ids of those that are to be watched now. */
  readonly watched: () => readonly string[];
  readonly everyMs: number;
  readonly clock: Clock;
  readonly now: () => Date;
  readonly onCheck: (id: string, check: LastCheck, before: LastCheck | undefined) => void;
};

/** A check that takes longer is a failure. */
const limitMs = 10_000;

export function createProviderWatch({ roster, watched, everyMs, clock, now, onCheck }: ProviderWatchOptions): ProviderWatch {
  const known = new Map<string, LastCheck>();
  const underWay = new Map<string, Promise<LastCheck>>();
  const closing = new AbortController();
  let running: Promise<void> | undefined;

  async function ask(id: string): Promise<LastCheck> {
    const over = new AbortController();
    const limit = AbortSignal.any([closing.signal, over.signal]);
    clock.sleep(limitMs, over.signal).then(() => over.abort(), () => undefined);
    let check: LastCheck;
    try {
      check = { at: now(), found: await roster.get(id).provider.check(limit) };
    } catch (error) {
      check = { at: now(), error: toAntiphonError(error) };
    } finally {
      over.abort();
    }
    if (closing.signal.aborted) return check;
    const before = known.get(id);
    known.set(id, check);
    onCheck(id, check, before);
    return check;
  }

  function askOnce(id: string): Promise<LastCheck> {
    const present = underWay.get(id);
    if (present) return present;
    const asking = ask(id).finally(() => underWay.delete(id));
    underWay.set(id, asking);
    return asking;
  }

  async function watchForever(): Promise<void> {
    while (!closing.signal.aborted) {
      await Promise.all(watched().map(askOnce));
      await clock.sleep(everyMs, closing.signal).catch(() => undefined);
    }
  }

  return {
    last: (id) => known.get(id),
    check: async (id, signal) => {
      roster.get(id);
      signal.throwIfAborted();
      const { promise: left, reject } = Promise.withResolvers<never>();
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      left.catch(() => undefined);
      return Promise.race([askOnce(id), left]).finally(() => signal.removeEventListener('abort', onAbort));
    },
    start: () => { running ??= watchForever(); },
    close: async () => {
      closing.abort();
      await running;
    },
  };
}
