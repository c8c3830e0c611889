/** Operations: how the house does, what can be turned while it runs, and the daily checks. */
import { useCallback, useState } from 'react';
import { usePolled } from '../shell/use-polled.ts';
import { DailyCheck } from './daily-check.tsx';
import { HouseCharts } from './house-charts.tsx';
import { KpiTable } from './kpi-table.tsx';
import { fetchKpis, fetchSeries } from './operations-api.ts';
import { SwitchHistory } from './switch-history.tsx';
import { SwitchRow } from './switch-row.tsx';
import { fetchSwitches } from './switches-api.ts';

const switchesEveryMs = 5_000;
const figuresEveryMs = 30_000;

const ranges = [{ label: 'an hour', hours: 1 }, { label: 'a day', hours: 24 }, { label: 'a week', hours: 168 }, { label: 'thirty days', hours: 720 }] as const;

export function OperationsPage({ visible }: { readonly visible: boolean }) {
  const [hours, setHours] = useState<number>(24);
  const { value: switches, failure, refresh } = usePolled({ ask: fetchSwitches, intervalMs: switchesEveryMs, enabled: visible });
  const { value: kpis, failure: kpisFailure, refresh: refreshKpis } = usePolled({ ask: useCallback((signal: AbortSignal) => fetchKpis(hours, signal), [hours]), intervalMs: figuresEveryMs, enabled: visible });
  const { value: points } = usePolled({ ask: useCallback((signal: AbortSignal) => fetchSeries(hours, signal), [hours]), intervalMs: figuresEveryMs, enabled: visible });
  const turned = switches?.switches.filter(({ is_usual: isUsual }) => !isUsual).length ?? 0;
  const alarming = kpis?.filter(({ state }) => state === 'fail').length ?? 0;
  return (
    <section className="page" aria-labelledby="operations-title">
      <div className="page-head">
        <h1 id="operations-title">Operations</h1>
        {switches && <p>{turned === 0 ? 'Every switch stands as usual' : `${turned} ${turned === 1 ? 'switch does' : 'switches do'} not stand as usual`}{alarming > 0 && `; ${alarming} ${alarming === 1 ? 'figure needs' : 'figures need'} somebody`}</p>}
      </div>
      {(failure ?? kpisFailure) && <p className="field-error" role="alert">{(failure ?? kpisFailure)?.message}</p>}
      <section className="operations-part" aria-labelledby="switches-title">
        <h2 id="switches-title">Switches</h2>
        <p className="quiet">They hold from the very next request on, and across restarts.</p>
        <ul className="rows">{switches?.switches.map((entry) => <SwitchRow key={entry.name} entry={entry} onChanged={refresh} />)}</ul>
        {switches && switches.history.length > 0 && <SwitchHistory history={switches.history} />}
      </section>
      <section className="operations-part" aria-labelledby="figures-title">
        <div className="operations-head">
          <h2 id="figures-title">Key figures</h2>
          <label>of the last{' '}
            <select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
              {ranges.map(({ label, hours: value }) => <option key={value} value={value}>{label}</option>)}
            </select>
          </label>
        </div>
        {kpis && <KpiTable kpis={kpis} />}
        {points && <HouseCharts points={points} />}
      </section>
      <DailyCheck onDone={refreshKpis} />
    </section>
  );
}
