/** What /health tells of a provider: what was last seen, so that it is never as slow as the slowest of them. */
import type { ProviderReports } from './dispatch/provider-report.ts';
import type { ComponentHealth } from './telemetry/health.ts';

/** Errors: provider_unknown. */
export async function checkProvider(reports: ProviderReports, id: string): Promise<ComponentHealth> {
  const report = await reports.get(id);
  const { status, message } = reports.judge(report);
  const { check, service, key, kinds } = report;
  const found = check !== undefined && 'found' in check ? check.found : undefined;
  return {
    status,
    ...(message === undefined ? {} : { message }),
    service,
    key: key.state,
    breakers: Object.fromEntries(kinds.filter(({ inChain }) => inChain).map(({ kind, breaker }) => [kind, breaker])),
    checked_at: check?.at.toISOString() ?? null,
    latency_ms: found === undefined ? null : Math.round(found.latencyMs),
    quota: found?.quota ?? null,
  };
}
