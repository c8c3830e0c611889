/** What the server is speaking at this moment, for whomever; each can be cancelled. */
import { useCallback, useState } from 'react';
import { ApiFailure, cancelRequest, fetchRequests } from '../api.ts';
import type { QueuedRequest } from '../api-schemas.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { formatAge, formatClock, formatCount } from '../shell/format-quantity.ts';
import { ListenIcon } from '../shell/icons.tsx';
import { usePolled } from '../shell/use-polled.ts';
import { RecentRequests } from './recent-requests.tsx';

const intervalMs = 1_000;

export function QueuePage({ visible }: { readonly visible: boolean }) {
  const { value: queue, failure, refresh } = usePolled({ ask: fetchRequests, intervalMs, enabled: visible });
  const requests = queue?.requests ?? [];
  const { cancel, cancelling, cancelFailure } = useCancel(refresh);
  return (
    <section className="page" aria-labelledby="queue-title">
      <div className="page-head">
        <h1 id="queue-title">Queue</h1>
        {queue && <p>{requests.length === 0 ? 'Nothing in flight' : `${requests.length} in flight, ${queue.waiting_sentences} ${queue.waiting_sentences === 1 ? 'sentence' : 'sentences'} waiting for a worker`}</p>}
      </div>
      {(failure ?? cancelFailure) && <p className="field-error" role="alert">{(failure ?? cancelFailure)?.message}</p>}
      {queue && requests.length === 0 && (
        <div className="empty">
          <ListenIcon />
          <p>Quiet. Requests appear here the moment they arrive, from this page or from any client, and leave when their last sound is sent.</p>
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
  const cancel = useCallback(async ({ id, voice }: QueuedRequest) => {
    setCancelling((ids) => new Set([...ids, id]));
    setFailure(undefined);
    try {
      await cancelRequest(id, AbortSignal.timeout(10_000));
      announce(`Cancelled the request of ${voice}.`);
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
        <strong>{request.voice}</strong>
        <span className="quiet">{request.model}</span>
      </div>
      <dl className="row-facts row-facts-queue">
        <div><dt>Phase</dt><dd><span className="tag" data-state={request.phase}>{request.phase}</span></dd></div>
        <div><dt>Text</dt><dd>{formatCount(request.characters)} characters</dd></div>
        <div><dt>Sound sent</dt><dd className="figure">{formatClock(request.audio_seconds)}</dd></div>
        <div><dt>Age</dt><dd className="figure">{formatAge(ageSeconds)}</dd></div>
      </dl>
      <button type="button" className="button" disabled={cancelling} onClick={onCancel} aria-label={`Cancel the request of ${request.voice}`}>Cancel</button>
    </li>
  );
}
