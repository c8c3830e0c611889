/**
 * Work that several want at once is done once: the second who asks for the same hears what the first has so far, and
 * goes on with him. It goes as fast as its fastest reader, and ends early only when nobody is left.
 */

export type Flights<Item> = {
  /** Joins the work of that name, or begins it. Leaving the loop early, or the signal, leaves the others alone. */
  readonly join: (name: string, begin: (stop: AbortSignal) => AsyncGenerator<Item>, signal: AbortSignal, onJoined: () => void) => AsyncGenerator<Item>;
};

type Flight<Item> = {
  readonly items: Item[];
  readonly source: AsyncGenerator<Item>;
  readonly stop: AbortController;
  readers: number;
  /** The next item on its way; resolves with whether there is one. */
  next: Promise<boolean> | undefined;
  failure: { readonly error: unknown } | undefined;
  isOver: boolean;
};

export function createFlights<Item>(): Flights<Item> {
  const flights = new Map<string, Flight<Item>>();

  function begin(name: string, work: (stop: AbortSignal) => AsyncGenerator<Item>): Flight<Item> {
    const stop = new AbortController();
    const flight: Flight<Item> = { items: [], source: work(stop.signal), stop, readers: 0, next: undefined, failure: undefined, isOver: false };
    flights.set(name, flight);
    return flight;
  }

  async function pull(name: string, flight: Flight<Item>): Promise<boolean> {
    try {
      const { done, value } = await flight.source.next();
      if (done !== true) {
        flight.items.push(value);
        return true;
      }
    } catch (error) {
      flight.failure = { error };
    } finally {
      flight.next = undefined;
    }
    flight.isOver = true;
    // Whoever comes now begins anew, or finds what was kept.
    if (flights.get(name) === flight) flights.delete(name);
    return false;
  }

  return {
    join: async function* (name, work, signal, onJoined) {
      signal.throwIfAborted();
      const under = flights.get(name);
      const flight = under ?? begin(name, work);
      flight.readers++;
      if (under !== undefined) onJoined();
      const left = Promise.withResolvers<never>();
      left.promise.catch(() => undefined);
      const onAbort = () => left.reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        for (let index = 0; ; index++) {
          while (index >= flight.items.length && !flight.isOver) await Promise.race([(flight.next ??= pull(name, flight)), left.promise]);
          signal.throwIfAborted();
          if (index >= flight.items.length) {
            if (flight.failure !== undefined) throw flight.failure.error;
            return;
          }
          yield flight.items[index]!;
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        if (--flight.readers === 0 && !flight.isOver) {
          if (flights.get(name) === flight) flights.delete(name);
          flight.stop.abort(signal.reason);
          // It waits for what is in work, which nobody here does.
          void flight.source.return(undefined).catch(() => undefined);
        }
      }
    },
  };
}
