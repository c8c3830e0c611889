/** Asks again and again while the page is visible; one question at a time, none after the component is gone. */
import { useCallback, useEffect, useState } from 'react';
import { ApiFailure, isAbort } from '../api.ts';

export type Polled<Value> = {
  /** The last good answer; kept while a later question fails. */
  readonly value: Value | undefined;
  readonly failure: ApiFailure | undefined;
  /** Asks now. */
  readonly refresh: () => void;
};

export type PollOptions<Value> = {
  readonly ask: (signal: AbortSignal) => Promise<Value>;
  readonly intervalMs: number;
  /** false: not needed now. */
  readonly enabled?: boolean;
};

/** `ask` must be a stable function. */
export function usePolled<Value>({ ask, intervalMs, enabled = true }: PollOptions<Value>): Polled<Value> {
  const [value, setValue] = useState<Value>();
  const [failure, setFailure] = useState<ApiFailure>();
  const [round, setRound] = useState(0);

  useEffect(() => {
    if (!enabled) return undefined;
    const stopped = new AbortController();
    let timer: number | undefined;
    let asking = false;

    const tick = async () => {
      if (asking) return;
      window.clearTimeout(timer);
      if (document.hidden) return;
      asking = true;
      try {
        setValue(await ask(stopped.signal));
        setFailure(undefined);
      } catch (thrown) {
        if (isAbort(thrown) || stopped.signal.aborted) return;
        setFailure(thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The page could not read the answer.'));
      } finally {
        asking = false;
      }
      timer = window.setTimeout(() => void tick(), intervalMs);
    };

    document.addEventListener('visibilitychange', () => void tick(), { signal: stopped.signal });
    void tick();
    return () => {
      stopped.abort();
      window.clearTimeout(timer);
    };
  }, [ask, intervalMs, enabled, round]);

  return { value, failure, refresh: useCallback(() => setRound((count) => count + 1), []) };
}
