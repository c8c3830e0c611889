/** Turns of one session one after the other, in the order in which they came; those of different sessions do not wait for each other. */
import { AntiphonError } from '../errors.ts';

export type TurnOrder = {
  /**
   * Resolves when it is this turn's time, with what ends it (idempotent).
   * Errors: queue_full where too many wait already; the signal's reason.
   */
  readonly enter: (sessionId: string, signal: AbortSignal) => Promise<() => void>;
};

/** `mostWaiting`: besides the one that is being taken. */
export function createTurnOrder({ mostWaiting }: { readonly mostWaiting: number }): TurnOrder {
  /** The turns of a session, the one being taken first. */
  const open = new Map<string, { readonly over: Promise<void> }[]>();

  return {
    enter: async (sessionId, signal) => {
      signal.throwIfAborted();
      const line = open.get(sessionId) ?? [];
      if (line.length > mostWaiting) throw new AntiphonError('queue_full', `${line.length} turns of this session are under way or waiting; wait for the reply before the next one.`, { param: 'session_id' });
      open.set(sessionId, line);
      const before = line.at(-1)?.over;
      const over = Promise.withResolvers<void>();
      const own = { over: over.promise };
      line.push(own);
      const makeRoom = (): void => {
        const at = line.indexOf(own);
        if (at >= 0) line.splice(at, 1);
        if (line.length === 0 && open.get(sessionId) === line) open.delete(sessionId);
      };
      const leave = (): void => {
        over.resolve();
        makeRoom();
      };
      if (before === undefined) return leave;
      try {
        await untilOver(before, signal);
      } catch (error) {
        // Whoever waits behind it goes on waiting for the one before it.
        void before.then(over.resolve);
        makeRoom();
        throw error;
      }
      return leave;
    },
  };
}

function untilOver(before: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void before.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
