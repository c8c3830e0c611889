/**
 * What the switches stand at, right on the very next request whichever process turned one, and kept across restarts.
 * A turn may end by itself; who, when and why is kept for good.
 */
import { AntiphonError } from '../../errors.ts';
import { createLiveSnapshot, type Revisions } from '../../store/live-snapshot.ts';
import type { SwitchChanges, SwitchChangeTable } from '../../store/switch-changes.ts';
import { isSwitchName, switchList, switchNames, type SwitchName, type SwitchValues } from './switch-list.ts';

export type SwitchChange = {
  readonly name: string;
  readonly value: string;
  readonly at: string;
  readonly who: string;
  readonly why: string;
  readonly expiresAt: string | undefined;
};

export type SwitchState = {
  readonly name: SwitchName;
  readonly value: string;
  readonly isUsual: boolean;
  /** The turn that holds; undefined where nobody turned it, or the turn has ended. */
  readonly change: SwitchChange | undefined;
};

export type SwitchTurn = {
  readonly name: string;
  readonly value: string;
  readonly who: string;
  readonly why: string;
  /** It ends by itself after so long; undefined: only by another turn. */
  readonly forMs?: number | undefined;
};

export type LiveSwitches = {
  /** Microseconds, but for the first call after a change. */
  readonly values: () => Promise<SwitchValues>;
  /** What `values` gave last: for rules that are asked in the middle of work. */
  readonly lastValues: () => SwitchValues;
  readonly states: () => Promise<readonly SwitchState[]>;
  /** Resolves once it is on the disk. Errors: switch_unknown; input_invalid (value, why, time). */
  readonly turn: (turn: SwitchTurn) => Promise<SwitchState>;
  /** Newest first. */
  readonly history: (limit: number) => Promise<readonly SwitchChange[]>;
};

export type LiveSwitchesOptions = { readonly changes: SwitchChanges; readonly revisions: Pick<Revisions, 'read'>; readonly now: () => Date };

const mostWords = 500;
const mostMs = 366 * 86_400_000;

export function createLiveSwitches({ changes, revisions, now }: LiveSwitchesOptions): LiveSwitches {
  const latest = createLiveSnapshot({
    revision: () => revisions.read('switch_changes'),
    load: async () => new Map((await changes.latest()).map((row) => [row.name, toChange(row)])),
  });
  let last = valuesOf([]);

  async function states(): Promise<readonly SwitchState[]> {
    const known = await latest();
    const at = now().toISOString();
    const all = switchNames.map((name): SwitchState => {
      const change = known.get(name);
      const { values, usual } = switchList[name];
      // A value of another version means nothing here.
      const holds = change !== undefined && (change.expiresAt === undefined || change.expiresAt > at) && (values as readonly string[]).includes(change.value);
      const value = holds ? change.value : usual;
      return { name, value, isUsual: value === usual, change: holds ? change : undefined };
    });
    last = valuesOf(all);
    return all;
  }

  return {
    states,
    values: async () => valuesOf(await states()),
    lastValues: () => last,
    turn: async ({ name, value, who, why, forMs }) => {
      if (!isSwitchName(name)) throw new AntiphonError('switch_unknown', `There is no switch "${name}". There are ${switchNames.join(', ')}.`, { param: 'name' });
      const { values } = switchList[name];
      if (!(values as readonly string[]).includes(value)) throw new AntiphonError('input_invalid', `value of ${name} must be ${values.join(' or ')}, not "${value}".`, { param: 'value' });
      if (why.length > mostWords) throw new AntiphonError('input_invalid', `why may have ${mostWords} characters.`, { param: 'why' });
      if (forMs !== undefined && !(forMs > 0 && forMs <= mostMs)) throw new AntiphonError('input_invalid', 'A switch is turned for more than no time and at most a year.', { param: 'expires_in_seconds' });
      const at = now();
      await changes.insert({ name, value, at: at.toISOString(), who, why, expires_at: forMs === undefined ? null : new Date(at.getTime() + forMs).toISOString() });
      return (await states()).find((state) => state.name === name)!;
    },
    history: async (limit) => (await changes.recent(limit)).map(toChange),
  };
}

function valuesOf(states: readonly SwitchState[]): SwitchValues {
  const turned = new Map<string, string>(states.map(({ name, value }) => [name, value]));
  return Object.fromEntries(switchNames.map((name) => [name, turned.get(name) ?? switchList[name].usual])) as unknown as SwitchValues;
}

function toChange({ name, value, at, who, why, expires_at: expiresAt }: SwitchChangeTable): SwitchChange {
  return { name, value, at, who, why, expiresAt: expiresAt ?? undefined };
}
