/** Makes a key for somebody. */
import type { FormEvent } from 'react';
import { formText } from '../shell/form-text.ts';
import { createKey, type MadeKey, type User } from './keys-api.ts';
import { useChange } from '../shell/use-change.ts';

type NewKeyFormProps = { readonly plans: readonly string[]; readonly users: readonly User[]; readonly onMade: (made: MadeKey) => void; readonly onChanged: () => void };

/** Days; empty: it does not end. */
const ends = [['', 'never'], ['1', 'after a day'], ['30', 'after 30 days'], ['90', 'after 90 days'], ['365', 'after a year']] as const;

export function NewKeyForm({ plans, users, onMade, onChanged }: NewKeyFormProps) {
  const { change, changing, failure } = useChange(onChanged);
  if (users.length === 0) return <p className="quiet">Keys are somebody’s: add a person below first.</p>;

  const make = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const field = (name: string) => formText(given, name);
    const made = await change((signal) => createKey({ user: field('user'), plan: field('plan'), label: field('label'), days: field('days') === '' ? undefined : Number(field('days')) }, signal), 'There is a new key; it is shown this once.');
    if (made === undefined) return;
    form.reset();
    onMade(made);
  };
  return (
    <form className="panel key-form" aria-label="A new key" onSubmit={(event) => void make(event)}>
      <label><span>For</span><select name="user">{users.map(({ name }) => <option key={name} value={name}>{name}</option>)}</select></label>
      <label><span>Plan</span><select name="plan">{plans.map((plan) => <option key={plan} value={plan}>{plan}</option>)}</select></label>
      <label><span>What it is for</span><input name="label" maxLength={200} placeholder="her laptop" autoComplete="off" /></label>
      <label><span>Ends</span><select name="days">{ends.map(([days, words]) => <option key={days} value={days}>{words}</option>)}</select></label>
      <button type="submit" className="button button-primary" disabled={changing}>Make a key</button>
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
    </form>
  );
}
