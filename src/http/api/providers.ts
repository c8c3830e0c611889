/** Providers and chains, seen and steered: who is there, who is asked in which order, and what it took and cost. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ChainBook, ChainState } from '../../dispatch/chain-book.ts';
import { workKinds, type WorkKind } from '../../dispatch/fallback.ts';
import type { KindReport, ProviderReport, ProviderReports } from '../../dispatch/provider-report.ts';
import type { Trial } from '../../dispatch/provider-trial.ts';
import type { LastCheck } from '../../dispatch/provider-watch.ts';
import { AntiphonError } from '../../errors.ts';
import { callerSignal } from '../request-context.ts';
import { parseBody } from '../validation.ts';

export type ProviderRoutesOptions = {
  readonly reports: ProviderReports;
  readonly chains: ChainBook;
  /** Asks now. Errors: provider_unknown. */
  readonly check: (id: string, signal: AbortSignal) => Promise<LastCheck>;
  /** One tiny call. Errors: provider_unknown. */
  readonly tryKind: (id: string, kind: WorkKind, signal: AbortSignal) => Promise<Trial>;
  /** Closes its breakers. */
  readonly reset: (id: string) => void;
};

type ById = { Params: { id: string } };
type ByKind = { Params: { kind: string } };

/** `kinds: true` means all that it does. */
const testSchema = z.strictObject({ kinds: z.union([z.boolean(), z.array(z.enum(workKinds))]).default(false) });
const chainSchema = z.strictObject({ members: z.array(z.string().min(1)).min(1).max(20) });

export function registerProviderRoutes(app: FastifyInstance, { reports, chains, check, tryKind, reset }: ProviderRoutesOptions): void {
  const toProvider = (report: ProviderReport) => toWire(report, reports.judge(report));

  app.get('/api/v1/providers', async () => ({ providers: (await reports.all()).map(toProvider) }));

  app.get<ById>('/api/v1/providers/:id', async (request) => toProvider(await reports.get(request.params.id)));

  app.post<ById>('/api/v1/providers/:id/test', async (request, reply) => {
    const { id } = request.params;
    const { kinds } = parseBody(testSchema, request.body);
    const signal = callerSignal(reply);
    const does = (await reports.get(id)).kinds.map(({ kind }) => kind);
    const wanted = kinds === true ? does : kinds === false ? [] : kinds;
    const checked = await check(id, signal);
    const calls: Trial[] = [];
    // One after the other: a test shall not run into the very limit that it asks about.
    for (const kind of wanted) calls.push(await tryKind(id, kind, signal));
    return { id, check: toCheck(checked), calls: calls.map(toTrial) };
  });

  app.post<ById>('/api/v1/providers/:id/reset', async (request) => {
    const { entry } = await reports.get(request.params.id);
    reset(entry.id);
    return toProvider(await reports.get(entry.id));
  });

  app.get('/api/v1/chains', async () => ({ chains: chains.list().map(toChain) }));

  app.put<ByKind>('/api/v1/chains/:kind', async (request) => toChain(await chains.set(kindOf(request.params.kind), parseBody(chainSchema, request.body).members)));

  app.delete<ByKind>('/api/v1/chains/:kind', async (request) => toChain(await chains.clear(kindOf(request.params.kind))));
}

function kindOf(given: string): WorkKind {
  const kind = workKinds.find((one) => one === given);
  if (kind !== undefined) return kind;
  throw new AntiphonError('input_invalid', `There is no chain for "${given.slice(0, 40)}"; there are ${workKinds.join(', ')}.`, { param: 'kind' });
}

function toChain({ kind, members, configured, changedAt }: ChainState) {
  return { kind, members, configured, changed_at: changedAt ?? null };
}

function toWire({ entry: { id, settings }, key, service, check, kinds }: ProviderReport, { status, message }: ReturnType<ProviderReports['judge']>) {
  return {
    id,
    type: settings.type,
    base_url: settings.baseUrl,
    status,
    message: message ?? null,
    service,
    key: { state: key.state, message: key.message ?? null },
    chains: kinds.filter(({ inChain }) => inChain).map(({ kind }) => kind),
    check: check === undefined ? null : toCheck(check),
    kinds: kinds.map(toKind),
  };
}

function toCheck(check: LastCheck) {
  const at = check.at.toISOString();
  if ('error' in check) return { at, service: 'error', error: toFailure(check.error), latency_ms: null, models: null, quota: null };
  const { latencyMs, models, quota } = check.found;
  return { at, service: 'connected', error: null, latency_ms: Math.round(latencyMs), models: models.length, quota: quota ?? null };
}

function toKind({ kind, model, inChain, breaker, retryAt, state, requests, errors, cost }: KindReport) {
  return {
    kind,
    model,
    in_chain: inChain,
    breaker,
    retry_at: retryAt?.toISOString() ?? null,
    consecutive_failures: state?.consecutiveFailures ?? 0,
    recent_calls: state?.recentCalls ?? 0,
    recent_failures: state?.recentFailures ?? 0,
    latency_ms: state?.latencyMs === undefined ? null : Math.round(state.latencyMs),
    last_error: state?.lastError === undefined ? null : toFailure(state.lastError),
    requests,
    errors,
    cost,
  };
}

function toTrial({ kind, model, latencyMs, error }: Trial) {
  return { kind, model, ok: error === undefined, latency_ms: Math.round(latencyMs), error: error === undefined ? null : toFailure(error) };
}

function toFailure({ code, message }: AntiphonError) {
  return { code, message };
}
