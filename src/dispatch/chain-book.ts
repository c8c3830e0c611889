/** Whom to ask, in which order: the configuration's chains, and over them what an operator has set while the server ran. */
import { AntiphonError } from '../errors.ts';
import { workKinds, type WorkKind } from './fallback.ts';

export type ChainState = {
  readonly kind: WorkKind;
  readonly members: readonly string[];
  readonly configured: readonly string[];
  /** ISO 8601, where an operator set it. */
  readonly changedAt: string | undefined;
};

export type ChainBook = {
  readonly chain: (kind: WorkKind) => readonly string[];
  readonly list: () => readonly ChainState[];
  /** Holds from the next request on, and after a restart. Errors: input_invalid. */
  readonly set: (kind: WorkKind, members: readonly string[]) => Promise<ChainState>;
  /** Back to the configuration. */
  readonly clear: (kind: WorkKind) => Promise<ChainState>;
};

export type ChainBookOptions = {
  readonly configured: Readonly<Record<WorkKind, readonly string[]>>;
  /** A sentence where the members cannot be a chain of that kind. */
  readonly faultOf: (kind: WorkKind, members: readonly string[]) => string | undefined;
  readonly store: {
    readonly list: () => Promise<readonly { readonly kind: string; readonly members: readonly string[]; readonly changedAt: string }[]>;
    readonly put: (chain: { readonly kind: WorkKind; readonly members: readonly string[]; readonly changedAt: string }) => Promise<void>;
    readonly remove: (kind: WorkKind) => Promise<void>;
  };
  readonly now: () => Date;
  /** Told of what was set once and cannot be any more: its provider left the configuration. */
  readonly onUnusable: (kind: WorkKind, fault: string) => void;
};

export async function createChainBook({ configured, faultOf, store, now, onUnusable }: ChainBookOptions): Promise<ChainBook> {
  const changed = new Map<WorkKind, { readonly members: readonly string[]; readonly changedAt: string }>();
  for (const row of await store.list()) {
    const kind = workKinds.find((one) => one === row.kind);
    if (kind === undefined) continue;
    const fault = faultOf(kind, row.members);
    if (fault === undefined) changed.set(kind, row);
    else onUnusable(kind, fault);
  }

  const stateOf = (kind: WorkKind): ChainState => ({ kind, members: changed.get(kind)?.members ?? configured[kind], configured: configured[kind], changedAt: changed.get(kind)?.changedAt });

  return {
    chain: (kind) => changed.get(kind)?.members ?? configured[kind],
    list: () => workKinds.map(stateOf),
    set: async (kind, members) => {
      const fault = faultOf(kind, members);
      if (fault !== undefined) throw new AntiphonError('input_invalid', `members: ${fault}.`, { param: 'members' });
      const change = { members: [...members], changedAt: now().toISOString() };
      // Written first: what was acknowledged holds after a power cut, too.
      await store.put({ kind, ...change });
      changed.set(kind, change);
      return stateOf(kind);
    },
    clear: async (kind) => {
      await store.remove(kind);
      changed.delete(kind);
      return stateOf(kind);
    },
  };
}
