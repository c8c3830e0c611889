/** The two checklists of the day, done at a click. */
import { useState } from 'react';
import { useChange } from '../shell/use-change.ts';
import { runCheck, type CheckPoint } from './operations-api.ts';

const done = { morning: 'The morning check is done.', evening: 'The evening check is done.' } as const;

export function DailyCheck({ onDone }: { readonly onDone: () => void }) {
  const { change, changing, failure } = useChange(onDone);
  const [points, setPoints] = useState<readonly CheckPoint[]>();
  const run = async (time: 'morning' | 'evening') => {
    const found = await change((signal) => runCheck(time, signal), done[time]);
    if (found !== undefined) setPoints(found);
  };
  return (
    <section className="operations-part" aria-labelledby="check-title">
      <h2 id="check-title">Daily check</h2>
      <p className="quiet">The morning’s looks at lanes, faults, cache and storage; the evening’s cleans up and looks at figures and alerts.</p>
      <div className="check-tools">
        <button type="button" className="button" disabled={changing} onClick={() => void run('morning')}>Morning check</button>
        <button type="button" className="button" disabled={changing} onClick={() => void run('evening')}>Evening check</button>
      </div>
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
      {points && (
        <ul className="rows" aria-label="What the check found">
          {points.map(({ what, state, figure, remedy }) => (
            <li key={what} className="row check">
              <div className="row-title"><strong>{what}</strong><span>{figure}</span>{remedy !== null && <span className="quiet">{remedy}</span>}</div>
              <span className="verdict" data-state={state}>{state}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
