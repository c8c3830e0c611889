/** Whose work something is, and what each lane may have. */
import type { Caller, LaneId } from '../caller.ts';
import type { WorkLane } from './lane-queue.ts';

/** Whose work it is: callers of one lane get alike. */
export type Asker = { readonly lane: WorkLane; /** A key, or an address. */ readonly name: string };

export type LaneRules = {
  /** A lane's share of the workers beside the other's, as long as both have work. */
  readonly weight: number;
  /** Requests that may wait to begin. */
  readonly maxWaiting: number;
  /** A request that could not begin for so long is refused. */
  readonly waitTimeoutMs: number;
  /** Of the places on each worker, 0 (a single one) to 1: the rest is always free for the other lane. Asked anew each time. Default 1. */
  readonly placesShare?: () => number;
};

export type Lanes = Readonly<Record<LaneId, LaneRules>>;

/** Nobody waits for a job; where others have work all the time it creeps on, and no more. */
const jobsWeight = 0.02;

/** By its key where there is one, so that nobody gets more by asking from two places; else by where it comes from. */
export function askerOf({ lane, keyId, address, owner }: Caller): Asker {
  return { lane, name: keyId ?? (address === '' ? owner : address) };
}

export function laneWeight(lane: WorkLane, lanes: Lanes): number {
  return lane === 'jobs' ? jobsWeight : lanes[lane].weight;
}
