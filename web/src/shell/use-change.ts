/** A change at the server from a button: one at a time, with what came of it said. */
import { useState } from 'react';
import { ApiFailure } from '../api.ts';
import { useAnnounce } from './announcer.tsx';

const patienceMs = 10_000;

export type Change = {
  readonly changing: boolean;
  readonly failure: ApiFailure | undefined;
  /** Resolves with what `work` gave, or with undefined where it failed. */
  readonly change: <Result>(work: (signal: AbortSignal) => Promise<Result>, said: string) => Promise<Result | undefined>;
};

export function useChange(onChanged: () => void): Change {
  const announce = useAnnounce();
  const [changing, setChanging] = useState(false);
  const [failure, setFailure] = useState<ApiFailure>();
  return {
    changing,
    failure,
    change: async (work, said) => {
      setChanging(true);
      setFailure(undefined);
      try {
        const result = await work(AbortSignal.timeout(patienceMs));
        announce(said);
        onChanged();
        return result;
      } catch (thrown) {
        setFailure(thrown instanceof ApiFailure ? thrown : new ApiFailure('internal', 'The server took too long.'));
        return undefined;
      } finally {
        setChanging(false);
      }
    },
  };
}
