/**
 * What was used, and what may still be: the ledger, to which rows are only added; what is in work and reserved; and the
 * counts of each key's days and months that quotas are held to. All three change together or not at all.
 */
import type { LaneId } from '../caller.ts';
import type { WorkAction } from '../usage.ts';
import type { Database } from './database.ts';

/** Whose use of what it is. */
type UsageSubject = {
  /** ISO 8601, UTC: when it ended; of a reservation, when it began. */
  at: string;
  owner: string;
  /** Empty: nobody needed one. */
  key_id: string;
  request_id: string;
  action: WorkAction;
  lane: LaneId;
  /** Empty: none. */
  plan: string;
  characters: number;
};

export type UsageLedgerTable = UsageSubject & {
  /** Counts up; a request id may come twice. */
  seq?: number;
  engine: string;
  audio_seconds: number;
  /** Of them, from the cache. */
  cached_seconds: number;
  compute_seconds: number;
  outcome: string;
};

/** What is reserved of a key's quotas while it is in work. */
export type UsageReservationTable = UsageSubject & {
  id?: number;
  /** 1, or 0 for what is part of a request that counts already. */
  requests: number;
};

/** `period`: `2026-12-01` or `2026-12`, UTC. */
export type UsageCounterTable = { key_id: string; period: string; requests: number; characters: number };

export type Period = 'day' | 'month';
export type Counts = { readonly requests: number; readonly characters: number };

export type Reserve = { readonly reservation: UsageReservationTable; /** Says no, by what was used before: then nothing is reserved. */ readonly check: (used: Readonly<Record<Period, Counts>>) => Error | undefined };
export type Settle = {
  /** undefined: nothing was reserved for it. */
  readonly reservationId: number | undefined;
  readonly row: UsageLedgerTable;
  /** It shall not count. */
  readonly isRefunded: boolean;
};

export type LedgerQuery = { readonly owner: string | undefined; readonly keyId?: string | undefined; readonly since: string; readonly until: string };

export type UsageTotals = { readonly key_id: string; readonly owner: string; readonly plan: string; readonly action: WorkAction; readonly requests: number; readonly characters: number; readonly audio_seconds: number; readonly cached_seconds: number; readonly compute_seconds: number };

export type UsageLedger = {
  /** One transaction, on the disk when it resolves: the ids of what was reserved, or why not, in order. */
  readonly apply: (reserves: readonly Reserve[], settles: readonly Settle[]) => Promise<readonly (number | Error)[]>;
  /** Ends what a process that is gone had in work: it is refunded, and the ledger says that it was interrupted. */
  readonly recover: (at: string) => Promise<number>;
  readonly used: (keyId: string, at: string) => Promise<Readonly<Record<Period, Counts>>>;
  /** In order, so many at a time: give the last `seq` to go on. */
  readonly rows: (query: LedgerQuery & { readonly after: number; readonly limit: number }) => Promise<(UsageLedgerTable & { seq: number })[]>;
  readonly totals: (query: LedgerQuery) => Promise<UsageTotals[]>;
  readonly openReservations: () => Promise<number>;
  /** Requests within the time whose quota was given back because they failed for want of the server. */
  readonly countRefunds: (since: string, until: string) => Promise<number>;
};

/** Days and months begin at midnight UTC, wherever the server stands. */
export function periodOf(at: string, period: Period): string {
  return at.slice(0, period === 'day' ? 10 : 7);
}

export function createUsageLedger(database: Database): UsageLedger {
  async function used(keyId: string, at: string, within: Database = database): Promise<Record<Period, Counts>> {
    const periods = { day: periodOf(at, 'day'), month: periodOf(at, 'month') };
    const rows = await within.selectFrom('usage_counters').selectAll().where('key_id', '=', keyId).where('period', 'in', Object.values(periods)).execute();
    const of = (period: string): Counts => rows.find((row) => row.period === period) ?? { requests: 0, characters: 0 };
    return { day: of(periods.day), month: of(periods.month) };
  }

  async function count(within: Database, { keyId, at, requests, characters }: { keyId: string; at: string; requests: number; characters: number }): Promise<void> {
    for (const period of [periodOf(at, 'day'), periodOf(at, 'month')]) {
      await within.insertInto('usage_counters').values({ key_id: keyId, period, requests, characters })
        .onConflict((conflict) => conflict.columns(['key_id', 'period']).doUpdateSet(({ eb, ref }) => ({ requests: eb('usage_counters.requests', '+', ref('excluded.requests')), characters: eb('usage_counters.characters', '+', ref('excluded.characters')) })))
        .execute();
    }
  }

  async function reserve(within: Database, { reservation, check }: Reserve): Promise<number | Error> {
    const refusal = check(await used(reservation.key_id, reservation.at, within));
    if (refusal !== undefined) return refusal;
    await count(within, { keyId: reservation.key_id, at: reservation.at, requests: reservation.requests, characters: reservation.characters });
    const { id } = await within.insertInto('usage_reservations').values(reservation).returning('id').executeTakeFirstOrThrow();
    return id!;
  }

  async function settle(within: Database, { reservationId, row, isRefunded }: Settle): Promise<void> {
    await within.insertInto('usage_ledger').values(row).execute();
    if (reservationId === undefined) return;
    const held = await within.deleteFrom('usage_reservations').where('id', '=', reservationId).returningAll().executeTakeFirst();
    // Gone already: another process took this one for dead, and gave back what it held.
    const before = held ?? { at: row.at, requests: 0, characters: 0 };
    const after = isRefunded ? { requests: 0, characters: 0 } : { requests: held?.requests ?? 1, characters: row.characters };
    await count(within, { keyId: row.key_id, at: before.at, requests: after.requests - before.requests, characters: after.characters - before.characters });
  }

  return {
    apply: (reserves, settles) => database.transaction().execute(async (transaction) => {
      for (const one of settles) await settle(transaction, one);
      const answers: (number | Error)[] = [];
      for (const one of reserves) answers.push(await reserve(transaction, one));
      return answers;
    }),
    recover: (at) => database.transaction().execute(async (transaction) => {
      const left = await transaction.selectFrom('usage_reservations').selectAll().execute();
      for (const { id, at: _begun, requests: _requests, ...row } of left) {
        await settle(transaction, { reservationId: id!, isRefunded: true, row: { ...row, at, engine: '', audio_seconds: 0, cached_seconds: 0, compute_seconds: 0, outcome: 'interrupted' } });
      }
      return left.length;
    }),
    used,
    rows: ({ owner, keyId, since, until, after, limit }) => {
      let query = database.selectFrom('usage_ledger').selectAll().where('seq', '>', after).where('at', '>=', since).where('at', '<', until).orderBy('seq').limit(limit);
      if (owner !== undefined) query = query.where('owner', '=', owner);
      if (keyId !== undefined) query = query.where('key_id', '=', keyId);
      return query.execute() as Promise<(UsageLedgerTable & { seq: number })[]>;
    },
    totals: ({ owner, keyId, since, until }) => {
      let query = database.selectFrom('usage_ledger').where('at', '>=', since).where('at', '<', until).groupBy(['key_id', 'owner', 'plan', 'action'])
        .select(({ fn }) => ['key_id', 'owner', 'plan', 'action', fn.countAll<number>().as('requests'), fn.sum<number>('characters').as('characters'), fn.sum<number>('audio_seconds').as('audio_seconds'), fn.sum<number>('cached_seconds').as('cached_seconds'), fn.sum<number>('compute_seconds').as('compute_seconds')]);
      if (owner !== undefined) query = query.where('owner', '=', owner);
      if (keyId !== undefined) query = query.where('key_id', '=', keyId);
      return query.execute();
    },
    // Only what has a quota can be given back.
    countRefunds: async (since, until) => Number((await database.selectFrom('usage_ledger').select(({ fn }) => fn.countAll<number>().as('count')).where('at', '>=', since).where('at', '<', until).where('plan', '!=', '').where('outcome', 'not in', ['ok', 'cancelled']).executeTakeFirstOrThrow()).count),
    openReservations: async () => (await database.selectFrom('usage_reservations').select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow()).count,
  };
}
