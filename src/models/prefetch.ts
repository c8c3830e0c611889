/** Fetches the models a server wants, one after the other, and keeps trying in the background while no source answers. */
import type { Clock } from '../clock.ts';
import { toAntiphonError } from '../errors.ts';
import type { PullProgress } from './progress.ts';
import type { ModelStore } from './store.ts';

export type PrefetchStatus = {
  readonly artefactId: string;
  readonly state: 'waiting' | 'fetching' | 'ready' | 'failed';
  /** Why the last attempt failed, fit to be shown. */
  readonly reason: string | undefined;
};

export type Prefetch = {
  /** Tries each once, in order, and resolves; the failed ones are tried again in the background until closed. */
  readonly fetch: (artefactIds: readonly string[], onProgress?: (progress: PullProgress) => void) => Promise<void>;
  /** The same without waiting for it. */
  readonly fetchInBackground: (artefactIds: readonly string[]) => void;
  readonly status: () => readonly PrefetchStatus[];
  readonly close: () => Promise<void>;
};

export type PrefetchOptions = {
  readonly store: Pick<ModelStore, 'state' | 'pull'>;
  readonly artefactIds: readonly string[];
  readonly retryMs: number;
  readonly clock: Clock;
  /** Called when an artefact has come (not for those that were here). */
  readonly onReady: (artefactId: string) => Promise<void>;
  readonly onFailure: (artefactId: string, error: ReturnType<typeof toAntiphonError>) => void;
};

export function createPrefetch({ store, artefactIds, retryMs, clock, onReady, onFailure }: PrefetchOptions): Prefetch {
  const closing = new AbortController();
  const states = new Map<string, PrefetchStatus>(artefactIds.map((id) => [id, { artefactId: id, state: 'waiting', reason: undefined }]));
  const background = new Set<Promise<void>>();

  function set(artefactId: string, state: PrefetchStatus['state'], reason?: string): void {
    states.set(artefactId, { artefactId, state, reason });
  }

  /** True once the artefact is here. A failure is told once a reason, not once an attempt. */
  async function attempt(id: string, onProgress?: (progress: PullProgress) => void): Promise<boolean> {
    const before = states.get(id)?.reason;
    try {
      if ((await store.state(id)).status !== 'ready') {
        set(id, 'fetching', before);
        await store.pull(id, { signal: closing.signal, ...(onProgress ? { onProgress } : {}) });
        await onReady(id);
      }
      set(id, 'ready');
      return true;
    } catch (thrown) {
      if (closing.signal.aborted) return true;
      const error = toAntiphonError(thrown);
      set(id, 'failed', error.message);
      if (error.message !== before) onFailure(id, error);
      return false;
    }
  }

  async function keepTrying(id: string): Promise<void> {
    for (let here = false; !here && !closing.signal.aborted;) {
      await clock.sleep(retryMs, closing.signal).catch(() => undefined);
      if (!closing.signal.aborted) here = await attempt(id);
    }
  }

  async function fetchAll(ids: readonly string[], onProgress?: (progress: PullProgress) => void): Promise<void> {
    for (const id of ids) {
      if (closing.signal.aborted) return;
      if (!(await attempt(id, onProgress))) inBackground(keepTrying(id));
    }
  }

  function inBackground(work: Promise<void>): void {
    const task = work.finally(() => background.delete(task));
    background.add(task);
  }

  return {
    fetch: fetchAll,
    fetchInBackground: (ids) => inBackground(fetchAll(ids)),
    status: () => [...states.values()],
    close: async () => {
      closing.abort();
      await Promise.all(background);
    },
  };
}
