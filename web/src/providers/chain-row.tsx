/** One chain: who is asked for a kind of work, in which order; changed in place. */
import { useState } from 'react';
import { ApiFailure } from '../api.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { clearChain, saveChain, type Chain, type Provider } from './providers-api.ts';

type ChainRowProps = {
  readonly chain: Chain;
  readonly providers: readonly Provider[];
  /** Called when it was changed at the server. */
  readonly onChanged: () => void;
};

const kindNames: Readonly<Record<Chain['kind'], string>> = { speech: 'Speech', transcription: 'Transcription', chat: 'Conversation', embeddings: 'Embeddings' };

const local = 'local';
const patienceMs = 10_000;

export function ChainRow({ chain, providers, onChanged }: ChainRowProps) {
  const { kind, members, configured, changed_at: changedAt } = chain;
  const { change, changing, failure } = useChange(onChanged);
  const others = [local, ...providers.filter((one) => one.kinds.some((own) => own.kind === kind)).map(({ id }) => id)].filter((id) => !members.includes(id));
  const save = (next: readonly string[], said: string) => change(() => saveChain(kind, next, AbortSignal.timeout(patienceMs)), said);

  return (
    <li className="chain">
      <h3 id={`chain-${kind}`}>{kindNames[kind]}</h3>
      <ol className="chain-members" aria-labelledby={`chain-${kind}`}>
        {members.map((member, index) => (
          <li key={member} className="chain-member">
            <span className="status-dot" data-tone={toneOf(member, kind, providers)} aria-hidden="true" />
            <strong>{member === local ? 'this machine' : member}</strong>
            {index > 0 && <button type="button" className="text-button" disabled={changing} aria-label={`Ask ${member} earlier`} onClick={() => void save(moved(members, index), `${member} is asked earlier.`)}>earlier</button>}
            {members.length > 1 && <button type="button" className="text-button" disabled={changing} aria-label={`Take ${member} out of the chain`} onClick={() => void save(members.filter((one) => one !== member), `${member} is out of the chain.`)}>remove</button>}
          </li>
        ))}
      </ol>
      <div className="chain-tools">
        {others.length > 0 && (
          <select className="chain-add" aria-label={`Add to the chain for ${kindNames[kind].toLowerCase()}`} value="" disabled={changing} onChange={(event) => void save([...members, event.target.value], `${event.target.value} is asked last.`)}>
            <option value="" disabled>Add…</option>
            {others.map((id) => <option key={id} value={id}>{id === local ? 'this machine' : id}</option>)}
          </select>
        )}
        {changedAt !== null && <button type="button" className="text-button" disabled={changing} onClick={() => void change(() => clearChain(kind, AbortSignal.timeout(patienceMs)), 'The chain is as configured.')}>Back to {configured.join(', ')}</button>}
      </div>
      {members.some((member) => member !== local) && <p className="quiet chain-leaves">{leavesWords(kind)}</p>}
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
    </li>
  );
}

function useChange(onChanged: () => void) {
  const announce = useAnnounce();
  const [changing, setChanging] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  const change = async (work: () => Promise<void>, said: string) => {
    setChanging(true);
    setFailure(undefined);
    try {
      await work();
      announce(said);
      onChanged();
    } catch (thrown) {
      setFailure(thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The server took too long to change the chain.'));
    } finally {
      setChanging(false);
    }
  };
  return { change, changing, failure };
}

/** The member at `index` one place earlier. */
function moved(members: readonly string[], index: number): string[] {
  const next = [...members];
  [next[index - 1], next[index]] = [next[index]!, next[index - 1]!];
  return next;
}

function toneOf(member: string, kind: Chain['kind'], providers: readonly Provider[]): 'ok' | 'warn' | 'bad' {
  if (member === local) return 'ok';
  const provider = providers.find(({ id }) => id === member);
  const breaker = provider?.kinds.find((own) => own.kind === kind)?.breaker;
  if (provider === undefined || provider.service === 'error' || breaker === 'open') return 'bad';
  return breaker === 'half-open' || provider.status !== 'pass' ? 'warn' : 'ok';
}

/** What leaves the house is said where somebody lets it. */
function leavesWords(kind: Chain['kind']): string {
  const what = { speech: 'Texts to be spoken', transcription: 'Recordings', chat: 'Conversations', embeddings: 'Texts' }[kind];
  return `${what} go to these providers.`;
}
