/** Every model the catalog offers: what is here, what is on its way, what could be fetched. */
import { useState } from 'react';
import { fetchModels } from '../api.ts';
import type { Artefact } from '../api-schemas.ts';
import { formatBytes } from '../shell/format-quantity.ts';
import { usePolled } from '../shell/use-polled.ts';

const idleIntervalMs = 10_000;
const fetchingIntervalMs = 1_000;

const stateWords: Readonly<Record<string, string>> = { ready: 'Ready', absent: 'Not here', partial: 'Partly here', fetching: 'Fetching' };

export function ModelsPage({ visible }: { readonly visible: boolean }) {
  const [fetching, setFetching] = useState(false);
  const { value, failure } = usePolled({ ask: fetchModels, intervalMs: fetching ? fetchingIntervalMs : idleIntervalMs, enabled: visible });
  const models = value?.models ?? [];
  const anyFetching = models.some(({ state }) => state === 'fetching');
  if (anyFetching !== fetching) setFetching(anyFetching);
  const here = models.filter(({ state }) => state === 'ready');
  return (
    <section className="page" aria-labelledby="models-title">
      <div className="page-head">
        <h1 id="models-title">Models</h1>
        {value && <p>{here.length} of {models.length} on this machine{here.length > 0 && `, ${formatBytes(here.reduce((sum, { bytes }) => sum + bytes, 0))}`}</p>}
      </div>
      {failure && <p className="field-error" role="alert">{failure.message}</p>}
      <ul className="rows" aria-label="Models">
        {models.map((model) => <ModelRow key={model.id} model={model} />)}
      </ul>
    </section>
  );
}

function ModelRow({ model }: { readonly model: Artefact }) {
  const { id, description, licence, bytes, state, received_bytes: receivedBytes, fit } = model;
  return (
    <li className="row">
      <div className="row-title">
        <strong>{id}</strong>
        <span className="quiet">{description}</span>
        {fit !== null && <span className="quiet">Fit for {fit.for}. Takes {formatBytes(fit.memory_bytes)} of memory, {fit.is_free ? 'which is free here' : 'more than is free here'}.</span>}
        {state === 'fetching' && <FetchProgress id={id} bytes={bytes} receivedBytes={receivedBytes ?? 0} />}
        {(state === 'absent' || state === 'partial') && <code className="row-command">antiphon models pull {id}</code>}
      </div>
      <dl className="row-facts row-facts-models">
        <div><dt>Size</dt><dd className="figure">{formatBytes(bytes)}</dd></div>
        <div><dt>Licence</dt><dd>{licence}</dd></div>
        <div><dt>State</dt><dd><span className="tag" data-state={state}>{stateWords[state] ?? state}</span></dd></div>
      </dl>
    </li>
  );
}

function FetchProgress({ id, bytes, receivedBytes }: { readonly id: string; readonly bytes: number; readonly receivedBytes: number }) {
  const percent = Math.min(100, Math.floor((receivedBytes / Math.max(1, bytes)) * 100));
  return (
    <span className="fetch">
      <progress max={bytes} value={receivedBytes} aria-label={`Fetching ${id}`} />
      <span className="figure">{percent} % · {formatBytes(receivedBytes)} of {formatBytes(bytes)}</span>
    </span>
  );
}
