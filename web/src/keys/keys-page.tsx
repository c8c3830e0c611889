/** Keys: who may use the server, and with which plan. Owners make and end them; operators look on. */
import { useState } from 'react';
import { isAtLeast } from '../access/access-api.ts';
import { useMe } from '../access/access-context.ts';
import { usePolled } from '../shell/use-polled.ts';
import { KeyRow } from './key-row.tsx';
import { fetchKeys, fetchUsers, type ListedKey, type MadeKey } from './keys-api.ts';
import { MadeKeyPanel } from './made-key-panel.tsx';
import { NewKeyForm } from './new-key-form.tsx';
import { People } from './people.tsx';

const intervalMs = 5_000;

export function KeysPage({ visible }: { readonly visible: boolean }) {
  const { me } = useMe();
  const mayChange = isAtLeast(me.role, 'owner');
  const { value: list, failure, refresh: refreshKeys } = usePolled({ ask: fetchKeys, intervalMs, enabled: visible });
  const { value: users, failure: usersFailure, refresh: refreshUsers } = usePolled({ ask: fetchUsers, intervalMs, enabled: visible });
  const [made, setMade] = useState<MadeKey>();
  const refresh = () => {
    refreshKeys();
    refreshUsers();
  };
  const keys = list?.keys ?? [];
  const working = keys.filter(works);
  const over = keys.filter((key) => !works(key));
  const rows = (shown: readonly ListedKey[], name: string) => (
    <ul className="rows" aria-label={name}>
      {shown.map((entry) => <KeyRow key={entry.id} entry={entry} mayChange={mayChange} isOwn={entry.id === me.key} onMade={setMade} onChanged={refresh} />)}
    </ul>
  );

  return (
    <section className="page" aria-labelledby="keys-title">
      <div className="page-head">
        <h1 id="keys-title">Keys</h1>
        {list && <p>{working.length === 0 ? 'There are none' : `${working.length} that ${working.length === 1 ? 'works' : 'work'}`}{me.key === null && '; this server asks for none where it is reached from'}</p>}
      </div>
      {(failure ?? usersFailure) && <p className="field-error" role="alert">{(failure ?? usersFailure)?.message}</p>}
      {made && <MadeKeyPanel key={made.id} made={made} onDone={() => setMade(undefined)} />}
      {mayChange && list && users && <NewKeyForm plans={list.plans} users={users.filter(({ disabled_at: disabledAt }) => disabledAt === null)} onMade={setMade} onChanged={refresh} />}
      {rows(working, 'Keys that work')}
      {over.length > 0 && (
        <details className="keys-over">
          <summary>{over.length} that {over.length === 1 ? 'works' : 'work'} no more</summary>
          {rows(over, 'Keys that work no more')}
        </details>
      )}
      {users && <People users={users} mayChange={mayChange} ownName={me.name} onChanged={refresh} />}
    </section>
  );
}

function works({ state }: ListedKey): boolean {
  return state === 'active' || state === 'expiring';
}
