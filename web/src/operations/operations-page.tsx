/** Operations: what can be turned while the server runs, and how it does. */
import { usePolled } from '../shell/use-polled.ts';
import { SwitchHistory } from './switch-history.tsx';
import { SwitchRow } from './switch-row.tsx';
import { fetchSwitches } from './switches-api.ts';

const intervalMs = 5_000;

export function OperationsPage({ visible }: { readonly visible: boolean }) {
  const { value: switches, failure, refresh } = usePolled({ ask: fetchSwitches, intervalMs, enabled: visible });
  const turned = switches?.switches.filter(({ is_usual: isUsual }) => !isUsual).length ?? 0;
  return (
    <section className="page" aria-labelledby="operations-title">
      <div className="page-head">
        <h1 id="operations-title">Operations</h1>
        {switches && <p>{turned === 0 ? 'Every switch stands as usual' : `${turned} ${turned === 1 ? 'switch does' : 'switches do'} not stand as usual`}</p>}
      </div>
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
      <section className="operations-part" aria-labelledby="switches-title">
        <h2 id="switches-title">Switches</h2>
        <p className="quiet">They hold from the very next request on, and across restarts.</p>
        <ul className="rows">{switches?.switches.map((entry) => <SwitchRow key={entry.name} entry={entry} onChanged={refresh} />)}</ul>
        {switches && switches.history.length > 0 && <SwitchHistory history={switches.history} />}
      </section>
    </section>
  );
}
