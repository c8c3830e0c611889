/** Who may have keys. */
import type { FormEvent } from 'react';
import { formText } from '../shell/form-text.ts';
import { createUser, disableUser, userRoles, type User } from './keys-api.ts';
import { useChange } from '../shell/use-change.ts';

type PeopleProps = { readonly users: readonly User[]; readonly mayChange: boolean; readonly ownName: string; readonly onChanged: () => void };

const roleWords: Readonly<Record<User['role'], string>> = { user: 'uses the server', operator: 'keeps it running', owner: 'may do everything' };

export function People({ users, mayChange, ownName, onChanged }: PeopleProps) {
  const { change, changing, failure } = useChange(onChanged);
  const add = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const name = formText(given, 'name');
    const role = userRoles.find((one) => one === formText(given, 'role')) ?? 'user';
    const isAdded = await change(async (signal) => {
      await createUser({ name, role }, signal);
      return true;
    }, `${name} is here.`);
    if (isAdded === true) form.reset();
  };
  const setDisabled = (user: User, disabled: boolean) => void change((signal) => disableUser(user, disabled, signal), disabled ? `None of ${user.name}’s keys works.` : `${user.name}’s keys work again.`);

  return (
    <section className="people" aria-labelledby="people-title">
      <h2 id="people-title">People</h2>
      {users.length > 0 && (
        <ul className="rows">
          {users.map((user) => (
            <li key={user.id} className="row person">
              <div className="row-title"><strong>{user.name}</strong><span className="quiet">{user.role}, {roleWords[user.role]}</span></div>
              {user.disabled_at !== null && <span className="tag" data-state="failed">shut out</span>}
              {mayChange && user.name !== ownName && <button type="button" className="button" disabled={changing} aria-label={user.disabled_at === null ? `Shut ${user.name} out` : `Let ${user.name} back in`} onClick={() => setDisabled(user, user.disabled_at === null)}>{user.disabled_at === null ? 'Shut out' : 'Let back in'}</button>}
            </li>
          ))}
        </ul>
      )}
      {mayChange && (
        <form className="panel key-form" aria-label="A new person" onSubmit={(event) => void add(event)}>
          <label><span>Name</span><input name="name" required maxLength={100} autoComplete="off" /></label>
          <label><span>Role</span><select name="role">{userRoles.map((role) => <option key={role} value={role}>{role}: {roleWords[role]}</option>)}</select></label>
          <button type="submit" className="button" disabled={changing}>Add</button>
          {failure && <p className="field-error" role="alert">{failure.message}</p>}
        </form>
      )}
    </section>
  );
}
