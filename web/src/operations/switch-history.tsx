/** Who turned which switch, when and why. */
import { switchTitle, timeOf } from './switch-row.tsx';
import type { SwitchChange } from './switches-api.ts';

export function SwitchHistory({ history }: { readonly history: readonly SwitchChange[] }) {
  return (
    <details className="switch-history">
      <summary>Turned before</summary>
      <ul>
        {history.map(({ name, value, at, who, why, expires_at: until }) => (
          <li key={`${at} ${name}`}>{timeOf(at)}: {switchTitle(name)} {value} by {who}{why === '' ? '' : `: ${why}`}{until === null ? '' : `, until ${timeOf(until)}`}</li>
        ))}
      </ul>
    </details>
  );
}
