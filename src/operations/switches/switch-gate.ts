/** What the switches refuse: asked for every request before its limits and its body. */
import type { LaneId } from '../../caller.ts';
import { AntiphonError } from '../../errors.ts';
import type { LiveSwitches, SwitchState } from './live-switches.ts';
import type { SwitchName } from './switch-list.ts';

/** What a request would do. */
export type GatedRequest = {
  /** It has this machine, or a provider, do work. */
  readonly works: boolean;
  /** It has something kept. */
  readonly writes: boolean;
  /** It makes a voice of a recording, or speaks with one. */
  readonly clones: boolean;
  readonly lane: LaneId;
};

/** Errors: switched_off. */
export type SwitchGate = (request: GatedRequest) => Promise<void>;

/** Whoever is refused by a switch that nobody set a time to asks again after a minute. */
const usualRetrySeconds = 60;
const mostRetrySeconds = 3_600;

type Refusal = { readonly name: SwitchName; readonly value: string; readonly message: string; readonly applies: (request: GatedRequest) => boolean };

const refusals: readonly Refusal[] = [
  { name: 'new-work', value: 'refused', message: 'This server takes no new work for now; what has begun is finished.', applies: ({ works }) => works },
  { name: 'free-lane', value: 'closed', message: 'The free lane is closed for now.', applies: ({ works, lane }) => works && lane === 'free' },
  { name: 'read-only', value: 'on', message: 'This server keeps nothing new for now: it is read-only.', applies: ({ writes }) => writes },
  { name: 'cloning', value: 'off', message: 'Cloning of voices is switched off for now.', applies: ({ clones }) => clones },
];

export function createSwitchGate({ switches, now }: { readonly switches: Pick<LiveSwitches, 'states'>; readonly now: () => Date }): SwitchGate {
  return async (request) => {
    const states = await switches.states();
    for (const { name, value, message, applies } of refusals) {
      const state = states.find((one) => one.name === name);
      if (state?.value === value && applies(request)) throw new AntiphonError('switched_off', message, { retryAfterSeconds: retryAfterSeconds(state, now()) });
    }
  };
}

function retryAfterSeconds({ change }: SwitchState, now: Date): number {
  if (change?.expiresAt === undefined) return usualRetrySeconds;
  return Math.min(mostRetrySeconds, Math.max(1, Math.ceil((Date.parse(change.expiresAt) - now.getTime()) / 1_000)));
}
