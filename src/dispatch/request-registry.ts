/** Every request in flight: seen in the live queue, cancellable by its id, and waited for at shutdown. */
import type { Caller, LaneId } from '../caller.ts';
import { AntiphonError } from '../errors.ts';

export type RequestKind = 'speech' | 'transcription' | 'live' | 'chat' | 'embeddings';
export type RequestPhase = 'queued' | 'speaking' | 'listening' | 'thinking';

export type RequestEntry = {
  readonly id: string;
  readonly kind: RequestKind;
  readonly model: string;
  /** undefined where nobody speaks: a transcription. */
  readonly voice: string | undefined;
  /** Whose it is. */
  readonly owner: string;
  readonly lane: LaneId;
  /** Of the text to speak. */
  readonly characters: number | undefined;
  readonly startedAt: Date;
  readonly phase: RequestPhase;
  /** Audio handed to the client, or heard, so far. */
  readonly audioSeconds: number;
};

export type RequestHandle = {
  /** Aborted when the caller leaves or an operator cancels. */
  readonly signal: AbortSignal;
  readonly update: (change: Partial<Pick<RequestEntry, 'phase' | 'audioSeconds' | 'voice'>>) => void;
  /** Takes it off the list. Idempotent. */
  readonly end: () => void;
};

export type RequestRegistry = {
  /** Errors: draining. */
  readonly begin: (request: Pick<RequestEntry, 'id' | 'kind' | 'model'> & { readonly caller: Pick<Caller, 'owner' | 'lane'> } & Partial<Pick<RequestEntry, 'voice' | 'characters'>>, caller: AbortSignal) => RequestHandle;
  /** Oldest first. */
  readonly list: () => readonly RequestEntry[];
  /** Of one owner, or of anybody. Errors: request_unknown. */
  readonly cancel: (id: string, owner?: string) => void;
  /** Refuses new requests, waits for those in flight, and cancels what is left when the signal says so. */
  readonly drain: (deadline: AbortSignal) => Promise<void>;
};

export function createRequestRegistry({ onCount }: { onCount: (kind: RequestKind, inFlight: number) => void }): RequestRegistry {
  type Open = { entry: RequestEntry; readonly abort: AbortController };
  // Ids may be the callers' own, so two requests in flight may share one.
  const open = new Set<Open>();
  let draining = false;
  let onEmpty: (() => void) | undefined;
  const count = (kind: RequestKind): void => onCount(kind, [...open].filter(({ entry }) => entry.kind === kind).length);

  return {
    begin: ({ caller: { owner, lane }, ...request }, caller) => {
      if (draining) throw new AntiphonError('draining', 'The server is shutting down; ask again in a moment.', { retryAfterSeconds: 5 });
      const abort = new AbortController();
      const own: Open = { entry: { voice: undefined, characters: undefined, ...request, owner, lane, startedAt: new Date(), phase: 'queued', audioSeconds: 0 }, abort };
      open.add(own);
      count(request.kind);
      return {
        signal: AbortSignal.any([caller, abort.signal]),
        update: (change) => { own.entry = { ...own.entry, ...change }; },
        end: () => {
          if (!open.delete(own)) return;
          count(request.kind);
          if (open.size === 0) onEmpty?.();
        },
      };
    },
    list: () => [...open].map(({ entry }) => entry),
    cancel: (id, owner) => {
      const found = [...open].filter(({ entry }) => entry.id === id && (owner === undefined || entry.owner === owner));
      if (found.length === 0) throw new AntiphonError('request_unknown', `No request "${id}" is in flight.`, { param: 'id' });
      for (const { abort } of found) abort.abort(new AntiphonError('cancelled', 'An operator cancelled the request.'));
    },
    drain: async (deadline) => {
      draining = true;
      if (open.size === 0) return;
      const stop = () => open.forEach(({ abort }) => abort.abort(new AntiphonError('draining', 'The server is shutting down.')));
      deadline.addEventListener('abort', stop, { once: true });
      await new Promise<void>((resolve) => { onEmpty = resolve; });
      deadline.removeEventListener('abort', stop);
    },
  };
}
