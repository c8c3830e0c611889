/** Lets callers in one process share one piece of long work, each with its own signal and progress listener. */

export type Flight<Progress> = {
  /** Aborts when the last caller left. */
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
};

export type SharedFlights<Progress> = {
  has(key: string): boolean;
  /** Settles like the work, or rejects with the reason of this caller's own signal. */
  join(caller: {
    key: string;
    signal: AbortSignal | undefined;
    onProgress: ((progress: Progress) => void) | undefined;
    /** Called by the first caller only. */
    start: (flight: Flight<Progress>) => Promise<void>;
  }): Promise<void>;
};

type Open<Progress> = { work: Promise<void>; controller: AbortController; callers: Set<(progress: Progress) => void> };

export function createSharedFlights<Progress>(): SharedFlights<Progress> {
  const open = new Map<string, Open<Progress>>();

  function takeOff(key: string, start: (flight: Flight<Progress>) => Promise<void>): Open<Progress> {
    const controller = new AbortController();
    const callers = new Set<(progress: Progress) => void>();
    const report = (progress: Progress) => {
      for (const caller of callers) caller(progress);
    };
    const flight: Open<Progress> = { controller, callers, work: Promise.resolve() };
    flight.work = start({ signal: controller.signal, report }).finally(() => {
      if (open.get(key) === flight) open.delete(key);
    });
    open.set(key, flight);
    return flight;
  }

  return {
    has: (key) => open.has(key),
    async join({ key, signal, onProgress, start }) {
      signal?.throwIfAborted();
      const running = open.get(key);
      // One that is being abandoned still holds its lock; a new one waits for it there.
      const flight = running === undefined || running.controller.signal.aborted ? takeOff(key, start) : running;
      // A set of functions of our own, so that two callers with the same listener stay two.
      const caller = (progress: Progress) => onProgress?.(progress);
      flight.callers.add(caller);
      const { promise: left, reject } = Promise.withResolvers<never>();
      const onAbort = () => reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        await Promise.race([flight.work, left]);
      } finally {
        signal?.removeEventListener('abort', onAbort);
        flight.callers.delete(caller);
        if (flight.callers.size === 0) {
          flight.controller.abort(signal?.reason);
          // The last to leave waits until downloads are stopped and locks are free; the outcome is known already.
          await flight.work.catch(() => undefined);
        }
      }
    },
  };
}
