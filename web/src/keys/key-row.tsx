/** One key: whose it is, what it may, when it was used, and its end. */
import { useEffect, useRef, useState } from 'react';
import { useMe } from '../access/access-context.ts';
import { replaceKey } from '../access/page-key.ts';
import { revokeKey, rotateKey, type ListedKey, type MadeKey } from './keys-api.ts';
import { useChange } from '../shell/use-change.ts';

type KeyRowProps = {
  readonly entry: ListedKey;
  readonly mayChange: boolean;
  /** It is the one that the page uses. */
  readonly isOwn: boolean;
  readonly onMade: (made: MadeKey) => void;
  readonly onChanged: () => void;
};

const stateWords: Readonly<Record<ListedKey['state'], string>> = { active: 'works', expiring: 'works for now', expired: 'over', revoked: 'revoked' };
const stateTones: Readonly<Record<ListedKey['state'], string | undefined>> = { active: 'ready', expiring: 'partial', expired: undefined, revoked: 'failed' };

/** How long the old key goes on beside the new one, in hours. */
const graces = [[24, 'a day'], [1, 'an hour'], [168, 'a week'], [0, 'no longer']] as const;

export function KeyRow({ entry, mayChange, isOwn, onMade, onChanged }: KeyRowProps) {
  const { id, user, role, label, preview, plan, state, created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt, replaced_by: replacedBy } = entry;
  const isOver = state === 'expired' || state === 'revoked';
  return (
    <li className="row key">
      <div className="row-title">
        <strong>{user}{label !== '' && <span className="key-label"> · {label}</span>}</strong>
        <span className="quiet"><code>{preview}</code> · {role}{isOwn && ' · this page uses it'}</span>
        <span className="quiet key-id">{id}{replacedBy !== null && <> · replaced by {replacedBy}</>}</span>
      </div>
      <dl className="row-facts row-facts-keys">
        <div><dt>State</dt><dd><span className="tag" data-state={stateTones[state]}>{stateWords[state]}</span></dd></div>
        <div><dt>Plan</dt><dd>{plan}</dd></div>
        <div><dt>Used</dt><dd className="figure">{lastUsedAt === null ? 'never' : minuteOf(lastUsedAt)}</dd></div>
        <div><dt>{expiresAt === null ? 'Made' : 'Until'}</dt><dd className="figure">{minuteOf(expiresAt ?? createdAt)}</dd></div>
      </dl>
      {mayChange && !isOver && <KeyTools entry={entry} isOwn={isOwn} onMade={onMade} onChanged={onChanged} />}
    </li>
  );
}

function KeyTools({ entry, isOwn, onMade, onChanged }: Omit<KeyRowProps, 'mayChange'>) {
  const { renew } = useMe();
  const { change, changing, failure } = useChange(onChanged);
  const [asked, setAsked] = useState<'rotate' | 'revoke'>();
  const [graceHours, setGraceHours] = useState<number>(graces[0][0]);
  const tools = useRef<HTMLDivElement>(null);
  const wasAsked = useRef(asked);
  // The keyboard follows: into the question, and back to where it was asked.
  useEffect(() => {
    if (wasAsked.current !== asked) tools.current?.querySelector<HTMLElement>('select, button')?.focus();
    wasAsked.current = asked;
  }, [asked]);
  const name = `the key ${entry.preview} of ${entry.user}`;

  const rotate = async () => {
    const made = await change((signal) => rotateKey(entry, graceHours, signal), 'There is a new key; it is shown this once.');
    if (made === undefined) return;
    setAsked(undefined);
    // Or the page would be shut out when the old one is over.
    if (isOwn) replaceKey(made.key);
    onMade(made);
    renew();
  };
  const revoke = async () => {
    await change((signal) => revokeKey(entry, signal), 'The key works no more.');
    if (isOwn) renew();
  };

  return (
    <div className="key-tools" ref={tools}>
      {asked === undefined && <button type="button" className="button" disabled={changing} aria-label={`Rotate ${name}`} onClick={() => setAsked('rotate')}>Rotate</button>}
      {asked === undefined && <button type="button" className="button" disabled={changing} aria-label={`Revoke ${name}`} onClick={() => setAsked('revoke')}>Revoke</button>}
      {asked === 'rotate' && (
        <fieldset className="key-question">
          <legend className="visually-hidden">Rotate {name}</legend>
          <label>A new key is made; the old one goes on for <select value={graceHours} onChange={(event) => setGraceHours(Number(event.target.value))}>{graces.map(([hours, words]) => <option key={hours} value={hours}>{words}</option>)}</select></label>
          <button type="button" className="button" disabled={changing} onClick={() => void rotate()}>Make the new key</button>
          <button type="button" className="text-button" disabled={changing} onClick={() => setAsked(undefined)}>Leave it</button>
        </fieldset>
      )}
      {asked === 'revoke' && (
        <fieldset className="key-question">
          <legend className="visually-hidden">Revoke {name}</legend>
          <p>It works no more from the next request on, and never again.{isOwn && ' It is the key of this page: you will need another.'}</p>
          <button type="button" className="button button-danger" disabled={changing} onClick={() => void revoke()}>Revoke it</button>
          <button type="button" className="text-button" disabled={changing} onClick={() => setAsked(undefined)}>Leave it</button>
        </fieldset>
      )}
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
    </div>
  );
}

function minuteOf(instant: string): string {
  return new Date(instant).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
