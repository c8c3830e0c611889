/** What is shown where the server serves nobody without a key, or not with the one it was sent. */
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { ApiFailure } from '../api.ts';
import { formText } from '../shell/form-text.ts';
import { KeyIcon } from '../shell/icons.tsx';
import type { Refusal } from './page-key.ts';
import type { AccessControl } from './use-access.ts';

type SignInProps = { readonly refusal: Refusal; readonly onEnter: AccessControl['enter'] };

export function SignIn({ refusal, onEnter }: SignInProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [remember, setRemember] = useState(false);
  const [trying, setTrying] = useState(false);
  const [failure, setFailure] = useState<string>();
  const told = failure ?? (refusal.reason === 'refused' ? refusal.message : undefined);

  // There is nothing else to do here.
  useEffect(() => field.current?.focus(), []);

  const enter = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const key = formText(new FormData(event.currentTarget), 'key');
    if (key === '') return setFailure('Enter a key first.');
    setTrying(true);
    setFailure(undefined);
    try {
      await onEnter(key, { remember });
    } catch (thrown) {
      setFailure(thrown instanceof ApiFailure ? thrown.message : 'The server took too long to answer.');
      setTrying(false);
    }
  };

  return (
    <section className="panel sign-in" aria-labelledby={`${id}-title`}>
      <KeyIcon />
      <h1 id={`${id}-title`}>{refusal.reason === 'missing' ? 'This server asks for a key' : 'The key does not open this server'}</h1>
      <p className="quiet">Whoever runs it makes one for you, with <code>antiphon keys create</code> or on the page Keys.</p>
      <form onSubmit={(event) => void enter(event)}>
        <label className="sign-in-field">
          <span>Key</span>
          <input ref={field} name="key" type="password" autoComplete="off" autoCapitalize="off" spellCheck={false} placeholder="ant_…" aria-invalid={told !== undefined} aria-describedby={told === undefined ? undefined : `${id}-told`} />
        </label>
        <label className="check"><input type="checkbox" checked={remember} onChange={(event) => setRemember(event.target.checked)} />Remember it on this device, not only in this tab</label>
        {told !== undefined && <p className="field-error" role="alert" id={`${id}-told`}>{told}</p>}
        <button type="submit" className="button button-primary" disabled={trying}>{trying ? 'Trying…' : 'Enter'}</button>
      </form>
    </section>
  );
}
