/** One provider: whether he is there, how he does, and a test. */
import { useState } from 'react';
import { ApiFailure } from '../api.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { formatCount, formatDelay } from '../shell/format-quantity.ts';
import { resetProvider, testProvider, type Provider, type ProviderKind, type ProviderTest } from './providers-api.ts';

type ProviderRowProps = { readonly provider: Provider; readonly onChanged: () => void };

const testPatienceMs = 60_000;
const toneOfStatus = { pass: 'ok', warn: 'warn', fail: 'bad' } as const;
const breakerWords: Readonly<Record<ProviderKind['breaker'], string>> = { closed: 'in service', open: 'out of service', 'half-open': 'being tried' };

export function ProviderRow({ provider, onChanged }: ProviderRowProps) {
  const { id, type, base_url: baseUrl, service, status, message, key, check, kinds } = provider;
  const [calls, setCalls] = useState(false);
  const { test, testing, result, failure, reset } = useTest(provider, onChanged);
  const isDown = kinds.some(({ breaker }) => breaker !== 'closed');
  // Nobody waits for one who stands in no chain: what he lacks is a hint, not a fault.
  const isUsed = kinds.some(({ in_chain: inChain }) => inChain);
  const told = isUsed ? message : key.message;

  return (
    <li className="provider">
      <div className="provider-head">
        <span className="status-dot" data-tone={service === 'connected' || isUsed ? toneOfStatus[status] : undefined} aria-hidden="true" />
        <div className="row-title">
          <strong>{id}</strong>
          <span className="quiet">{type === 'openai' ? 'OpenAI-compatible' : type} · {baseUrl}</span>
        </div>
        <span className="tag" data-state={service === 'connected' ? 'ready' : service === 'error' ? 'failed' : undefined}>{service === 'unknown' ? 'not asked yet' : service}</span>
        {typeof check?.latency_ms === 'number' && <span className="quiet figure">{formatDelay(check.latency_ms)}</span>}
      </div>
      {told !== null && <p className="provider-message" data-tone={isUsed ? toneOfStatus[status] : undefined}>{told}</p>}
      {check?.quota && <p className="quiet figure">{formatCount(check.quota.used)} of {formatCount(check.quota.limit)} {check.quota.unit} used</p>}
      <div className="table-scroll">
        <table className="provider-kinds">
          <thead><tr><th scope="col">Kind</th><th scope="col">Model</th><th scope="col">Breaker</th><th scope="col">Latency</th><th scope="col">Requests</th><th scope="col">Failed</th><th scope="col">Cost</th></tr></thead>
          <tbody>{kinds.map((kind) => <KindRow key={kind.kind} kind={kind} />)}</tbody>
        </table>
      </div>
      <div className="provider-tools">
        <button type="button" className="button" disabled={testing} onClick={() => void test(calls)} aria-label={`Test ${id}`}>{testing ? 'Testing…' : 'Test'}</button>
        <label className="check"><input type="checkbox" checked={calls} onChange={(event) => setCalls(event.target.checked)} />with a tiny call of each kind</label>
        {isDown && <button type="button" className="text-button" onClick={() => void reset()}>Put back into service</button>}
      </div>
      {result && <TestResult result={result} />}
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
    </li>
  );
}

function KindRow({ kind }: { readonly kind: ProviderKind }) {
  return (
    <tr>
      <th scope="row">{kind.kind}{kind.in_chain && <span className="quiet"> · in the chain</span>}</th>
      <td>{kind.model}</td>
      <td><span className="tag" data-state={kind.breaker === 'closed' ? undefined : kind.breaker === 'open' ? 'failed' : 'partial'} title={kind.last_error?.message}>{breakerWords[kind.breaker]}</span></td>
      <td className="figure">{kind.latency_ms === null ? '–' : formatDelay(kind.latency_ms)}</td>
      <td className="figure">{formatCount(kind.requests)}</td>
      <td className="figure">{formatCount(kind.errors)}</td>
      <td className="figure">{kind.cost === null || kind.cost === 0 ? '–' : kind.cost.toFixed(kind.cost < 1 ? 4 : 2)}</td>
    </tr>
  );
}

function TestResult({ result: { check, calls } }: { readonly result: ProviderTest }) {
  return (
    <ul className="test-result">
      <li data-tone={check.error === null ? 'ok' : 'bad'}>{check.error === null ? `It is there and takes the key${check.latency_ms === null ? '' : ` (${formatDelay(check.latency_ms)})`}.` : check.error.message}</li>
      {calls.map((call) => <li key={call.kind} data-tone={call.ok ? 'ok' : 'bad'}>{call.kind}: {call.ok ? `${call.model} answered in ${formatDelay(call.latency_ms)}` : call.error?.message}</li>)}
    </ul>
  );
}

function useTest({ id }: Provider, onChanged: () => void) {
  const announce = useAnnounce();
  const [testing, setTesting] = useState(false);
  const [result, setResult] = useState<ProviderTest>();
  const [failure, setFailure] = useState<ApiFailure>();
  const attempt = async (work: () => Promise<void>) => {
    setFailure(undefined);
    try {
      await work();
    } catch (thrown) {
      setFailure(thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The test took too long.'));
    }
    onChanged();
  };
  return {
    testing,
    result,
    failure,
    test: async (calls: boolean) => {
      setTesting(true);
      setResult(undefined);
      await attempt(async () => {
        const found = await testProvider(id, { calls }, AbortSignal.timeout(testPatienceMs));
        setResult(found);
        announce(found.check.error === null ? `${id} is there.` : `${id}: ${found.check.error.message}`);
      });
      setTesting(false);
    },
    reset: () => attempt(async () => {
      await resetProvider(id, AbortSignal.timeout(testPatienceMs));
      announce(`${id} is in service again.`);
    }),
  };
}
