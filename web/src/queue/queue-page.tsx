/** What the server is speaking and hearing at this moment, for whomever; each can be cancelled. */
import { useCallback, useState } from 'react';
import { ApiFailure, cancelRequest, fetchRequests } from '../api.ts';
import type { QueuedRequest, RequestList } from '../api-schemas.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { formatAge, formatClock, formatCount } from '../shell/format-quantity.ts';
import { ListenIcon } from '../shell/icons.tsx';
import { usePolled } from '../shell/use-polled.ts';
import { RecentRequests } from './recent-requests.tsx';

const intervalMs = 1_000;

const kindNames: Readonly<Record<string, string>> = { transcription: 'transcription', live: 'live listening', chat: 'conversation', embeddings: 'embeddings' };

/** Kinds in which nothing is heard. */
const silentKinds: readonly string[] = ['chat', 'embeddings'];

/** Who speaks, or which model hears. */
function nameOf({ voice, model }: QueuedRequest): string {
  return voice ?? model;
}

function waitingWords({ waiting_sentences: sentences, waiting_pieces: pieces }: RequestList): string {
  const spoken = `${sentences} ${sentences === 1 ? 'sentence' : 'sentences'}`;
  return pieces === 0 ? spoken : `${spoken} and ${pieces} ${pieces === 1 ? 'piece' : 'pieces'} of recordings`;
}

export function QueuePage({ visible }: { readonly visible: boolean }) {
  const { value: queue, failure, refresh } = usePolled({ ask: fetchRequests, intervalMs, enabled: visible });
  const requests = queue?.requests ?? [];
  const { cancel, cancelling, cancelFailure } = useCancel(refresh);
  return (
    <section className="page" aria-labelledby="queue-title">
      <div className="page-head">
        <h1 id="queue-title">Queue</h1>
        {queue && <p>{requests.length === 0 ? 'Nothing in flight' : `${requests.length} in flight, ${waitingWords(queue)} waiting for a worker`}</p>}
      </div>
      {(failure ?? cancelFailure) && <p className="field-error" role="alert">{(failure ?? cancelFailure)?.message}</p>}
      {queue && requests.length === 0 && (
        <div className="empty">
          <ListenIcon />
          <p>Quiet. Requests appear here the moment they arrive, from this page or from any client, and leave when their last sound is sent or their last word heard.</p>
        </div>
      )}
      <ul className="rows" aria-label="Requests in flight">
        {requests.map((request) => (
          <QueueRow key={request.id} request={request} ageSeconds={((queue?.serverNowMs ?? 0) - Date.parse(request.started_at)) / 1000} cancelling={cancelling.has(request.id)} onCancel={() => void cancel(request)} />
        ))}
      </ul>
      <RecentRequests visible={visible} />
    </section>
  );
}

function useCancel(refresh: () => void) {
  const announce = useAnnounce();
  const [cancelling, setCancelling] = useState<ReadonlySet<string>>(new Set());
  const [cancelFailure, setFailure] = useState<ApiFailure>();
  const cancel = useCallback(async (request: QueuedRequest) => {
    const { id } = request;
    setCancelling((ids) => new Set([...ids, id]));
    setFailure(undefined);
    try {
      await cancelRequest(id, AbortSignal.timeout(10_000));
      announce(`Cancelled the request of ${nameOf(request)}.`);
    } catch (thrown) {
      // It may have ended by itself in the meantime, which is what was wanted.
      if (thrown instanceof ApiFailure && thrown.code !== 'request_unknown') setFailure(thrown);
    } finally {
      setCancelling((ids) => new Set([...ids].filter((one) => one !== id)));
      refresh();
    }
  }, [announce, refresh]);
  return { cancel, cancelling, cancelFailure };
}

type QueueRowProps = { readonly request: QueuedRequest; readonly ageSeconds: number; readonly cancelling: boolean; readonly onCancel: () => void };

function QueueRow({ request, ageSeconds, cancelling, onCancel }: QueueRowProps) {
  return (
    <li className="row">
      <div className="row-title">
        <strong>{nameOf(request)}</strong>
        {request.voice !== null && <span className="quiet">{request.model}</span>}
      </div>
      <dl className="row-facts row-facts-queue">
        <div><dt>Phase</dt><dd><span className="tag" data-state={request.phase}>{request.phase}</span></dd></div>
        <div><dt>{request.characters === null ? 'Kind' : 'Text'}</dt><dd>{request.characters === null ? kindNames[request.kind] ?? request.kind : `${formatCount(request.characters)} characters`}</dd></div>
        {!silentKinds.includes(request.kind) && <div><dt>{request.kind === 'speech' ? 'Sound sent' : 'Sound heard'}</dt><dd className="figure">{formatClock(request.audio_seconds)}</dd></div>}
        <div><dt>Age</dt><dd className="figure">{formatAge(ageSeconds)}</dd></div>
      </dl>
      <button type="button" className="button" disabled={cancelling} onClick={onCancel} aria-label={`Cancel the request of ${nameOf(request)}`}>Cancel</button>
    </li>
  );
}
