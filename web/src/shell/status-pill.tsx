/** The server's state in the header; opens to what is the matter. */
import { pageKey } from '../access/page-key.ts';
import type { Health } from '../api-schemas.ts';
import type { HealthSummary } from './health-summary.ts';
import { Popover } from './popover.tsx';

type StatusPillProps = { readonly summary: HealthSummary; readonly health: Health | undefined };

export function StatusPill({ summary, health }: StatusPillProps) {
  return (
    <Popover className="status-pill" label="Server status" tone={summary.tone} button={<><span className="status-dot" aria-hidden="true" /><span><span className="visually-hidden">Server: </span>{summary.label}</span></>}>
      {summary.problems.map((problem) => <p key={problem}>{problem}</p>)}
      {summary.problems.length === 0 && <p>Everything works.</p>}
      {health && (
        <ul className="status-components">
          {Object.entries(health.components).map(([name, { status }]) => (
            <li key={name} data-status={status}><span>{name}</span><span>{{ pass: 'works', warn: 'degraded', fail: 'failed' }[status]}</span></li>
          ))}
        </ul>
      )}
      {/* A link sends no key, and metrics need one where anything does. */}
      {health && <p className="status-version">Antiphon {health.version} · <a href="/health">/health</a>{pageKey() === undefined && <> · <a href="/metrics">/metrics</a></>}</p>}
    </Popover>
  );
}
