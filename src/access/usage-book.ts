/**
 * Keeps the books of everybody who asks. What a plan limits is reserved on the disk before any work is done, so that
 * no quota is ever passed, by however many at once; what it came to is on the disk before the answer is complete, so
 * that nothing a client saw whole is ever missing. Those who come at the same moment share one transaction.
 */
import { AntiphonError } from '../errors.ts';
import type { Counts, Period, Reserve, Settle, UsageLedger } from '../store/usage-ledger.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { OpenUsage, UsageAsk, UsageBook, UsageFigures } from '../usage.ts';

export type UsageBookOptions = {
  readonly ledger: Pick<UsageLedger, 'apply'>;
  readonly now: () => Date;
  readonly metrics: Metrics;
  readonly log: Logger;
};

export type KeptUsageBook = UsageBook & {
  /** Everything is on the disk when it resolves. */
  readonly close: () => Promise<void>;
};

type Waiting<Change, Answer> = { readonly change: Change; readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void };

export function createUsageBook({ ledger, now, metrics, log }: UsageBookOptions): KeptUsageBook {
  const inWork = new Map<string, number>();
  let reserves: Waiting<Reserve, number | Error>[] = [];
  let settles: Waiting<Settle, void>[] = [];
  let writing: Promise<void> | undefined;

  /** What came while the last transaction was being written goes into the next one. */
  async function write(): Promise<void> {
    while (reserves.length > 0 || settles.length > 0) {
      const [taken, ended] = [reserves, settles];
      reserves = [];
      settles = [];
      try {
        const answers = await ledger.apply(taken.map(({ change }) => change), ended.map(({ change }) => change));
        taken.forEach(({ resolve }, index) => resolve(answers[index]!));
        ended.forEach(({ resolve }) => resolve());
      } catch (error) {
        for (const { reject } of [...taken, ...ended]) reject(error);
      }
    }
  }

  /** In the next turn of the loop: whoever comes in this one comes along. */
  function wake(): void {
    writing ??= new Promise<void>((resolve) => { setImmediate(resolve); }).then(write).finally(() => {
      writing = undefined;
      // Somebody may have come between the last look and here.
      if (reserves.length > 0 || settles.length > 0) wake();
    });
  }

  const reserve = (change: Reserve): Promise<number | Error> => new Promise((resolve, reject) => {
    reserves.push({ change, resolve, reject });
    wake();
  });
  const settle = (change: Settle): Promise<void> => new Promise((resolve, reject) => {
    settles.push({ change, resolve, reject });
    wake();
  });

  async function open(ask: UsageAsk): Promise<OpenUsage> {
    const { caller: { keyId, plan } } = ask;
    if (keyId === undefined || plan === undefined) return openRow(ask, undefined);
    const isCounted = ask.isPart !== true;
    if (isCounted) enter(keyId, plan.concurrency);
    const leave = (): void => { if (isCounted) inWork.set(keyId, (inWork.get(keyId) ?? 1) - 1); };
    try {
      const at = now();
      const answer = await reserve({ check: (used) => quotaRefusal(ask, used, at), reservation: { at: at.toISOString(), owner: ask.caller.owner, key_id: keyId, request_id: ask.requestId, action: ask.action, lane: ask.caller.lane, plan: plan.id, requests: isCounted ? 1 : 0, characters: ask.characters } });
      if (typeof answer !== 'number') throw answer;
      return openRow(ask, answer, leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  function enter(keyId: string, concurrency: number | null): void {
    const open = inWork.get(keyId) ?? 0;
    if (concurrency !== null && open >= concurrency) throw new AntiphonError('rate_limited', `The plan allows ${concurrency} ${concurrency === 1 ? 'request' : 'requests'} at once.`, { retryAfterSeconds: 1 });
    inWork.set(keyId, open + 1);
  }

  function openRow(ask: UsageAsk, reservationId: number | undefined, leave?: () => void): OpenUsage {
    let settled: Promise<void> | undefined;
    return {
      settle: (figures) => (settled ??= (async () => {
        leave?.();
        const { caller: { plan, lane } } = ask;
        metrics.usageRequests.inc({ action: ask.action, plan: plan?.id ?? '', lane });
        metrics.usageComputeSeconds.inc({ plan: plan?.id ?? '', lane }, figures.computeSeconds);
        const change = { reservationId, isRefunded: !isCharged(figures.outcome), row: rowOf(ask, figures, now()) };
        await settle(change).catch(async (error: unknown) => {
          log.error({ request_id: ask.requestId, err: error }, 'the usage of a request could not be written; once more');
          await settle(change).catch((again: unknown) => log.error({ request_id: ask.requestId, err: again, figures }, 'the usage of a request is lost'));
        });
      })()),
    };
  }

  return {
    open,
    close: async () => {
      while (writing !== undefined) await writing;
    },
  };
}

/** Whoever leaves has had what was made for him until then; what failed for want of us he has not. */
function isCharged(outcome: string): boolean {
  return outcome === 'ok' || outcome === 'cancelled';
}

function rowOf({ caller, requestId, action }: UsageAsk, figures: UsageFigures, at: Date): Settle['row'] {
  return {
    at: at.toISOString(), owner: caller.owner, key_id: caller.keyId ?? '', request_id: requestId, action, lane: caller.lane, plan: caller.plan?.id ?? '', engine: figures.engine,
    characters: figures.characters, audio_seconds: figures.audioSeconds, cached_seconds: figures.cachedSeconds ?? 0, compute_seconds: figures.computeSeconds, outcome: figures.outcome,
  };
}

/** Why a plan's quotas do not hold one more; undefined where they do. */
export function quotaRefusal({ caller: { plan }, characters, isPart }: UsageAsk, used: Readonly<Record<Period, Counts>>, at: Date): AntiphonError | undefined {
  if (plan === undefined) return undefined;
  const quotas = [
    { of: 'requests', period: 'day', limit: plan.requestsPerDay, wanted: isPart === true ? 0 : 1 },
    { of: 'requests', period: 'month', limit: plan.requestsPerMonth, wanted: isPart === true ? 0 : 1 },
    { of: 'characters', period: 'day', limit: plan.charactersPerDay, wanted: characters },
    { of: 'characters', period: 'month', limit: plan.charactersPerMonth, wanted: characters },
  ] as const;
  // A text that is still being written has no length yet: it may begin while there is anything left.
  const passed = quotas.find(({ of, period, limit, wanted }) => limit !== null && (used[period][of] + wanted > limit || (of === 'characters' && wanted === 0 && used[period][of] >= limit && isPart !== true)));
  if (passed === undefined) return undefined;
  const { of, period, limit, wanted } = passed;
  const left = Math.max(0, limit! - used[period][of]);
  const end = endOf(period, at);
  return new AntiphonError('quota_exceeded', `The plan "${plan.id}" has ${limit} ${of} a ${period}, of which ${left} are left${of === 'characters' ? `; this text has ${wanted}` : ''}. More from ${end.toISOString().slice(0, 16).replace('T', ' ')} UTC on.`, { retryAfterSeconds: Math.max(1, Math.ceil((end.getTime() - at.getTime()) / 1_000)) });
}

/** When a period of UTC ends. */
function endOf(period: Period, at: Date): Date {
  return period === 'day' ? new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1)) : new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
}
