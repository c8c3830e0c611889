/** What was used and what is left: of one's own, and of everybody for operators; the ledger as CSV. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { KeyRing } from '../../access/key-ring.ts';
import { revenueOf, toCsv, type AccessSignals, type LedgerQuery, type UsageLedger } from '../../access/usage-export.ts';
import { isAtLeast } from '../../caller.ts';
import type { Plan } from '../../config/plan-settings.ts';
import { callerOf } from '../request-context.ts';
import { parseBody } from '../validation.ts';

export type UsageRoutesOptions = {
  readonly ledger: UsageLedger;
  readonly keys: Pick<KeyRing, 'list'>;
  readonly plans: Readonly<Record<string, Plan>>;
  readonly signals: AccessSignals;
  /** Who is held to less now for asking too often. */
  readonly tightened: () => readonly string[];
};

const monthMs = 30 * 86_400_000;
const signalLimit = 100;
const instant = z.iso.date().or(z.iso.datetime()).transform((text) => new Date(text)).optional();
const querySchema = z.strictObject({ since: instant, until: instant, key: z.string().optional() });

export function registerUsageRoutes(app: FastifyInstance, { ledger, keys, plans, signals, tightened }: UsageRoutesOptions): void {
  app.get('/api/v1/usage', async (request) => {
    const { since, until, ledgerQuery } = queryOf(request);
    const { keyId, plan } = callerOf(request);
    const used = keyId === undefined ? undefined : await ledger.used(keyId, new Date().toISOString());
    return {
      since: since.toISOString(),
      until: until.toISOString(),
      totals: await ledger.totals(ledgerQuery),
      quota: used === undefined || plan === undefined ? null : {
        plan: plan.id,
        requests_today: { used: used.day.requests, limit: plan.requestsPerDay },
        requests_this_month: { used: used.month.requests, limit: plan.requestsPerMonth },
        characters_today: { used: used.day.characters, limit: plan.charactersPerDay },
        characters_this_month: { used: used.month.characters, limit: plan.charactersPerMonth },
      },
    };
  });

  app.get('/api/v1/usage.csv', async (request, reply) => reply
    .header('content-type', 'text/csv; charset=utf-8')
    .header('content-disposition', 'attachment; filename="usage.csv"')
    .header('cache-control', 'no-store')
    .send(Readable.from(toCsv(ledger, queryOf(request).ledgerQuery))));

  app.get('/api/v1/usage/summary', async (request) => {
    const { since, until, ledgerQuery } = queryOf(request);
    const { revenue, computeHours, perComputeHour } = revenueOf({ totals: await ledger.totals(ledgerQuery), keys: await keys.list(), plans, since, until });
    return { since: since.toISOString(), until: until.toISOString(), revenue, compute_hours: computeHours, revenue_per_compute_hour: perComputeHour ?? null, open_reservations: await ledger.openReservations() };
  });

  app.get('/api/v1/signals', async () => ({ tightened: tightened(), signals: await signals.recent(signalLimit) }));
}

/** A user sees his own, operators everybody's. Errors: input_invalid. */
function queryOf(request: FastifyRequest): { since: Date; until: Date; ledgerQuery: LedgerQuery } {
  const { since: from, until: to, key: keyId } = parseBody(querySchema, request.query);
  const { owner, role } = callerOf(request);
  const until = to ?? new Date();
  const since = from ?? new Date(until.getTime() - monthMs);
  return { since, until, ledgerQuery: { owner: isAtLeast(role, 'operator') ? undefined : owner, keyId, since: since.toISOString(), until: until.toISOString() } };
}
