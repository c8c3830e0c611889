/** Who asks, in the words that every room below the dialects understands: whose rows, which plan, which lane. */
import type { Plan } from './config/plan-settings.ts';

/** What somebody may do: the owner everything, an operator what keeps the house running, a user what is his own. */
export type Role = 'owner' | 'operator' | 'user';

const ranks: Readonly<Record<Role, number>> = { user: 0, operator: 1, owner: 2 };

export function isAtLeast(role: Role, needed: Role): boolean {
  return ranks[role] >= ranks[needed];
}

export const laneIds = ['priority', 'free'] as const;
/** Who goes first where there is not enough for everybody. */
export type LaneId = (typeof laneIds)[number];

export type Caller = {
  /** Whose rows and files are read and written: a user's id, or `local`. */
  readonly owner: string;
  readonly role: Role;
  /** undefined where nobody needed a key. */
  readonly keyId: string | undefined;
  /** undefined for whoever has no plan and no quota: the owner of this machine. */
  readonly plan: (Plan & { readonly id: string }) | undefined;
  readonly lane: LaneId;
  /** The network address, for limits; empty where it came over none (a command, a job). */
  readonly address: string;
};

/** The owner of everything on a machine where no key was asked for. */
export const localOwner = 'local';

/** Whoever runs a command on the machine itself. */
export const localCaller: Caller = { owner: localOwner, role: 'owner', keyId: undefined, plan: undefined, lane: 'priority', address: '' };
