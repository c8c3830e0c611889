/** Whether the server serves us, and as whom: asked at the start, and again whenever it refuses the key. */
import { useCallback, useEffect, useState } from 'react';
import { fetchMe, type Me } from './access-api.ts';
import { forgetKey, keepKey, onRefusal, type Refusal } from './page-key.ts';

export type Access = { readonly kind: 'asking' } | { readonly kind: 'in'; readonly me: Me } | { readonly kind: 'out'; readonly refusal: Refusal };

export type AccessControl = {
  readonly access: Access;
  /** Tries a key and keeps it if the server takes it. Throws ApiFailure. */
  readonly enter: (key: string, options: { readonly remember: boolean }) => Promise<void>;
  /** Forgets the key of the page. */
  readonly leave: () => void;
  /** Asks anew who we are. */
  readonly renew: () => void;
};

const patienceMs = 10_000;
const retryMs = 2_000;

export function useAccess(): AccessControl {
  const [access, setAccess] = useState<Access>({ kind: 'asking' });
  const [round, setRound] = useState(0);

  useEffect(() => onRefusal((refusal) => setAccess({ kind: 'out', refusal })), []);

  useEffect(() => {
    const stopped = new AbortController();
    let timer: number | undefined;
    const ask = async () => {
      try {
        const me = await fetchMe(stopped.signal);
        setAccess({ kind: 'in', me });
      } catch {
        // A refusal is heard above; a server that does not answer is asked again.
        if (!stopped.signal.aborted) timer = window.setTimeout(() => void ask(), retryMs);
      }
    };
    const unsubscribe = onRefusal(() => {
      stopped.abort();
      window.clearTimeout(timer);
    });
    void ask();
    return () => {
      unsubscribe();
      stopped.abort();
      window.clearTimeout(timer);
    };
  }, [round]);

  return {
    access,
    enter: useCallback(async (key, options) => {
      const me = await fetchMe(AbortSignal.timeout(patienceMs), key);
      keepKey(key, options);
      setAccess({ kind: 'in', me });
    }, []),
    leave: useCallback(() => {
      forgetKey();
      setAccess({ kind: 'asking' });
      setRound((count) => count + 1);
    }, []),
    renew: useCallback(() => setRound((count) => count + 1), []),
  };
}
