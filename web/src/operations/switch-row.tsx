/** One live switch: what it stands at, who turned it, and its values as buttons. */
import { useId, useState } from 'react';
import { useChange } from '../shell/use-change.ts';
import { turnSwitch, type Switch, type SwitchChange } from './switches-api.ts';

type SwitchRowProps = { readonly entry: Switch; readonly onChanged: () => void };

const times = [
  { label: 'until turned back', seconds: undefined },
  { label: 'for 15 minutes', seconds: 900 },
  { label: 'for an hour', seconds: 3_600 },
  { label: 'for a day', seconds: 86_400 },
] as const;

export function SwitchRow({ entry, onChanged }: SwitchRowProps) {
  const { change, changing, failure } = useChange(onChanged);
  const [wanted, setWanted] = useState<string>();
  const words = switchTitle(entry.name);
  const turn = async (value: string, why: string, seconds: number | undefined) => {
    await change((signal) => turnSwitch(entry, { value, why, seconds }, signal), `${words} is ${value}.`);
    setWanted(undefined);
  };

  return (
    <li className="row switch" data-turned={!entry.is_usual || undefined}>
      <div className="row-title">
        <strong>{words}</strong>
        <span className="quiet">{entry.description}</span>
        {entry.change && <span className="switch-story">{storyOf(entry.change)}</span>}
        {failure && <span className="field-error" role="alert">{failure.message}</span>}
      </div>
      <fieldset className="switch-values" aria-label={words}>
        {entry.values.map((value) => (
          <button key={value} type="button" className="button" aria-pressed={value === entry.value} disabled={changing || value === entry.value} onClick={() => (value === entry.usual_value ? void turn(value, '', undefined) : setWanted(value))}>{value}</button>
        ))}
      </fieldset>
      {wanted !== undefined && <TurnForm value={wanted} words={words} changing={changing} onTurn={turn} onLeave={() => setWanted(undefined)} />}
    </li>
  );
}

type TurnFormProps = { readonly value: string; readonly words: string; readonly changing: boolean; readonly onTurn: (value: string, why: string, seconds: number | undefined) => Promise<void>; readonly onLeave: () => void };

/** Away from the usual value nobody turns without a look at what he does, for how long, and why. */
function TurnForm({ value, words, changing, onTurn, onLeave }: TurnFormProps) {
  const [why, setWhy] = useState('');
  const [time, setTime] = useState(0);
  const [whyId, timeId] = [useId(), useId()];
  return (
    <form className="switch-form" aria-label={`${words}: ${value}`} onSubmit={(event) => { event.preventDefault(); void onTurn(value, why, times[time]?.seconds); }}>
      <label htmlFor={whyId}>Why</label>
      <input id={whyId} value={why} maxLength={500} placeholder="for whoever wonders later" onChange={(event) => setWhy(event.target.value)} />
      <label htmlFor={timeId}>How long</label>
      <select id={timeId} value={time} onChange={(event) => setTime(Number(event.target.value))}>
        {times.map(({ label }, index) => <option key={label} value={index}>{label}</option>)}
      </select>
      <span className="switch-form-tools">
        <button type="submit" className="button button-primary" disabled={changing}>Turn to {value}</button>
        <button type="button" className="button" onClick={onLeave}>Leave it</button>
      </span>
    </form>
  );
}

/** `free-lane` → `Free lane` */
export function switchTitle(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function storyOf({ at, who, why, expires_at: until }: SwitchChange): string {
  return `Since ${timeOf(at)} by ${who}${why === '' ? '' : `: ${why}`}${until === null ? '' : `, until ${timeOf(until)}`}`;
}

/** An instant as people here write it, to the minute. */
export function timeOf(instant: string): string {
  return new Date(instant).toLocaleString([], { dateStyle: 'short', timeStyle: 'short' });
}
