/** The key figures, what is wanted of each, and what to do where it is not met. */
import type { Kpi } from './operations-api.ts';

const words: Readonly<Record<Kpi['state'], string>> = { pass: 'on target', warn: 'off target', fail: 'alert', none: 'no figure yet' };

export function KpiTable({ kpis }: { readonly kpis: readonly Kpi[] }) {
  return (
    <div className="table-scroll">
      <table className="kpis">
        <thead><tr><th scope="col">Figure</th><th scope="col">Now</th><th scope="col">Wanted</th><th scope="col">Alert</th><th scope="col">State</th></tr></thead>
        <tbody>
          {kpis.map(({ id, name, shown, target, alert, state, remedy }) => (
            <tr key={id}>
              <th scope="row">{name}{remedy !== null && <span className="quiet">{remedy}</span>}</th>
              <td>{shown}</td>
              <td>{target}</td>
              <td>{alert}</td>
              <td><span className="verdict" data-state={state}>{words[state]}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
