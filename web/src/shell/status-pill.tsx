/** The server's state in the header; opens to what is the matter. */
import { useEffect, useId, useRef, useState } from 'react';
import type { Health } from '../api-schemas.ts';
import type { HealthSummary } from './health-summary.ts';

type StatusPillProps = { readonly summary: HealthSummary; readonly health: Health | undefined };

export function StatusPill({ summary, health }: StatusPillProps) {
  const [open, setOpen] = useState(false);
  const panelId = useId();
  const container = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return undefined;
    const closed = new AbortController();
    document.addEventListener('pointerdown', (event) => {
      if (event.target instanceof Node && !container.current?.contains(event.target)) setOpen(false);
    }, { signal: closed.signal });
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') setOpen(false);
    }, { signal: closed.signal });
    return () => closed.abort();
  }, [open]);

  return (
    <div className="status" ref={container}>
      <button type="button" className="status-pill" data-tone={summary.tone} aria-expanded={open} aria-controls={panelId} onClick={() => setOpen(!open)}>
        <span className="status-dot" aria-hidden="true" />
        <span><span className="visually-hidden">Server: </span>{summary.label}</span>
      </button>
      <section id={panelId} className="status-panel" hidden={!open} aria-label="Server status">
        {summary.problems.map((problem) => <p key={problem}>{problem}</p>)}
        {summary.problems.length === 0 && <p>Everything works.</p>}
        {health && (
          <ul className="status-components">
            {Object.entries(health.components).map(([name, { status }]) => (
              <li key={name} data-status={status}><span>{name}</span><span>{{ pass: 'works', warn: 'degraded', fail: 'failed' }[status]}</span></li>
            ))}
          </ul>
        )}
        {health && <p className="status-version">Antiphon {health.version} · <a href="/health">/health</a> · <a href="/metrics">/metrics</a></p>}
      </section>
    </div>
  );
}
