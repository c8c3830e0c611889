/** The limits of a request, each action by itself: of its key or address, and of everybody together. */
import { createHmac, randomBytes } from 'node:crypto';
import type { Caller, LaneId } from '../../caller.ts';
import { AntiphonError } from '../../errors.ts';
import type { WorkAction } from '../../usage.ts';
import { createAbuseWatch, type AbuseSignal } from './abuse.ts';
import { createRateLimiter, type RateVerdict } from './rate-limit.ts';

export type LimitSettings = {
  readonly lanes: Readonly<Record<LaneId, { readonly speechPerMinute: number }>>;
  readonly perMinute: Readonly<Record<Exclude<WorkAction, 'speech'>, number>>;
  /** Of everybody together. */
  readonly globalPerMinute: number;
};

export type LimitAnswer = { readonly verdict: RateVerdict; /** rate_limited */ readonly refusal: AntiphonError | undefined };

export type RequestLimits = {
  /** What the caller has left, and why he is refused where he is; undefined for the owner of the machine, who has no limit. */
  readonly take: (caller: Caller, action: WorkAction) => LimitAnswer | undefined;
  readonly tightened: () => readonly string[];
};

export type RequestLimitsOptions = {
  readonly settings: LimitSettings;
  /** Of its usual limits, above 0 to 1; asked anew each time. Default 1. */
  readonly laneShare?: (lane: LaneId) => number;
  readonly now: () => number;
  readonly onSignal: (signal: AbuseSignal) => void;
};

const minuteMs = 60_000;
const everybody = 'everybody';

export function createRequestLimits({ settings, laneShare = () => 1, now, onSignal }: RequestLimitsOptions): RequestLimits {
  const limiter = createRateLimiter({ periodMs: minuteMs, now });
  const watch = createAbuseWatch({ now, onSignal });
  const secret = randomBytes(32);
  /** Addresses are personal: what is told and kept of one is a word that means nothing after a restart. */
  const addressName = (address: string): string => `address ${createHmac('sha256', secret).update(address).digest('hex').slice(0, 12)}`;

  function limitOf({ plan, lane }: Caller, action: WorkAction): number {
    const usual = action === 'speech' ? (plan?.speechPerMinute ?? settings.lanes[lane].speechPerMinute) : settings.perMinute[action];
    return Math.max(1, Math.floor(usual * laneShare(lane)));
  }

  const refused = (verdict: RateVerdict, words: string): LimitAnswer => ({ verdict, refusal: new AntiphonError('rate_limited', `${words}; try again in ${verdict.retryAfterSeconds} s.`, { retryAfterSeconds: verdict.retryAfterSeconds }) });

  return {
    take: (caller, action) => {
      // Whoever needs no key on his own machine, and is not in the lane for strangers, is its owner.
      if (caller.keyId === undefined && caller.lane === 'priority') return undefined;
      const subject = caller.keyId ?? addressName(caller.address);
      const normal = limitOf(caller, action);
      const left = watch.attempt(`${subject} ${action}`, normal);
      const limit = left === 1 ? normal : Math.max(1, Math.floor(normal * left));
      const verdict = limiter.take(`${subject} ${action}`, limit);
      if (!verdict.isAllowed) return refused(verdict, `${limit} requests for ${action} a minute are allowed${left === 1 ? '' : ', fewer than usual because of very many attempts'}`);
      const all = limiter.take(everybody, settings.globalPerMinute);
      if (!all.isAllowed) return refused(all, `This server takes ${settings.globalPerMinute} requests a minute of everybody together`);
      return { verdict, refusal: undefined };
    },
    tightened: () => {
      watch.sweep();
      return watch.tightened();
    },
  };
}
