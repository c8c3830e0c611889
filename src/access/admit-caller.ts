/** Who a request is from, by what it sent and where it came in: the whole decision, without a disk or a network. */
import { localCaller, type Caller, type LaneId } from '../caller.ts';
import type { Plan } from '../config/plan-settings.ts';
import { AntiphonError } from '../errors.ts';
import type { Key } from './key-ring.ts';
import { looksLikeKey } from './key-text.ts';

/** What a caller sent to say who he is, and in which header or field. */
export type Credential = { readonly text: string; readonly place: 'x-api-key' | 'authorization' | 'xi-api-key' | 'query' | 'subprotocol' | 'message' | 'ticket' };

export type Door = {
  /** Nobody is served without a key. */
  readonly needsKey: boolean;
  /** The lane of the port; undefined on the main port, where the plan decides. */
  readonly lane: LaneId | undefined;
  readonly plans: Readonly<Record<string, Plan>>;
};

export type AdmitCallerOptions = {
  readonly door: Door;
  readonly given: Credential | undefined;
  /** The key that was found by it. */
  readonly key: Key | undefined;
  readonly address: string;
};

/**
 * Where no key is needed, clients that cannot do without one send any word they like: only what looks like a key of
 * this server is held to be one, and whatever comes as X-API-Key on a lane, whose clients send keys and nothing else.
 * Errors: key_missing, key_refused, forbidden.
 */
export function admitCaller({ door, given, key, address }: AdmitCallerOptions): Caller {
  if (key !== undefined) return callerWithKey(key, door, address);
  if (given !== undefined && (door.needsKey || looksLikeKey(given.text) || (door.lane !== undefined && given.place === 'x-api-key'))) {
    throw new AntiphonError('key_refused', 'The API key is not one of this server\'s. `antiphon keys list` shows which there are.');
  }
  if (door.needsKey) throw new AntiphonError('key_missing', 'An API key is needed: send it as "Authorization: Bearer …", "X-API-Key: …" or "xi-api-key: …".');
  return { ...localCaller, lane: door.lane ?? localCaller.lane, address };
}

/** Whoever asks only what anybody may know. */
export function anonymousCaller(door: Door, address: string): Caller {
  return { owner: '', role: 'user', keyId: undefined, plan: undefined, lane: door.lane ?? 'free', address };
}

function callerWithKey(key: Key, { lane, plans }: Door, address: string): Caller {
  if (key.state === 'revoked') throw new AntiphonError('key_refused', 'The API key was revoked.');
  if (key.state === 'expired') throw new AntiphonError('key_refused', 'The API key has expired.');
  const plan = Object.hasOwn(plans, key.plan) ? plans[key.plan] : undefined;
  if (plan === undefined) throw new AntiphonError('forbidden', `The key's plan "${key.plan}" is no longer among those of this server; its owner has to give the key another.`);
  const own = lane ?? plan.lanes[0]!;
  if (!plan.lanes.includes(own)) throw new AntiphonError('forbidden', `The plan "${key.plan}" is not served in the ${own} lane; use the ${plan.lanes.join(' or the ')} lane.`);
  return { owner: key.user.id, role: key.user.role, keyId: key.id, plan: { ...plan, id: key.plan }, lane: own, address };
}
