/** Providers: who else may be asked besides this machine, in which order, and how each of them does. */
import { usePolled } from '../shell/use-polled.ts';
import { ChainRow } from './chain-row.tsx';
import { ProviderRow } from './provider-row.tsx';
import { fetchChains, fetchProviders, type Provider } from './providers-api.ts';

const intervalMs = 3_000;

export function ProvidersPage({ visible }: { readonly visible: boolean }) {
  const { value: providers, failure, refresh: refreshProviders } = usePolled({ ask: fetchProviders, intervalMs, enabled: visible });
  const { value: chains, failure: chainsFailure, refresh: refreshChains } = usePolled({ ask: fetchChains, intervalMs, enabled: visible });
  const refresh = () => {
    refreshProviders();
    refreshChains();
  };
  const leaves = chains?.some(({ members }) => members.some((member) => member !== 'local')) ?? false;
  return (
    <section className="page" aria-labelledby="providers-title">
      <div className="page-head">
        <h1 id="providers-title">Providers</h1>
        {chains && <p>{leaves ? 'The chains below name who is asked, and who stands in.' : 'Everything is done on this machine, unless a client asks for a provider by its name.'}</p>}
      </div>
      {(failure ?? chainsFailure) && <p className="field-error" role="alert">{(failure ?? chainsFailure)?.message}</p>}
      <section className="panel chains" aria-labelledby="chains-title">
        <h2 id="chains-title">Chains</h2>
        <p className="quiet">Asked from left to right; who fails is passed over until he is back. Changes hold from the next request on.</p>
        <ul className="chain-list">{chains?.map((chain) => <ChainRow key={chain.kind} chain={chain} providers={providers ?? []} onChanged={refresh} />)}</ul>
      </section>
      <ul className="providers" aria-label="Providers">
        {providers?.toSorted(byUse).map((provider) => <ProviderRow key={provider.id} provider={provider} onChanged={refresh} />)}
      </ul>
    </section>
  );
}

/** Those that are asked first, then those that could be. */
function byUse(one: Provider, other: Provider): number {
  return rank(one) - rank(other);
}

function rank({ kinds, key }: Provider): number {
  if (kinds.some(({ in_chain: inChain }) => inChain)) return 0;
  return key.state === 'missing' ? 2 : 1;
}
