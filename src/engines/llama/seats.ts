/**
 * Who may think now. A model holds a few conversations in memory (seats); a newcomer takes the free one that remembers
 * most of what he says, so that a conversation's next turn costs only what is new. More than there are seats for wait
 * in order, and whoever has long had one gives it up to them in the end. Computing goes step by step in turns.
 */
export type Seat<State> = {
  readonly state: State;
  /** Somebody waits for a seat. */
  readonly isWanted: () => boolean;
  /** Idempotent. */
  readonly leave: () => void;
};

export type Seats<State> = {
  /** Rejects with the signal's reason. */
  readonly take: (affinity: (state: State) => number, signal: AbortSignal) => Promise<Seat<State>>;
};

type Waiting<State> = { readonly affinity: (state: State) => number; readonly sit: (seat: Seat<State>) => void };

/** `affinity` above 0 is how much of it is worth keeping; of those with none the one left longest ago is taken. */
export function createSeats<State>(states: readonly State[]): Seats<State> {
  /** The one left longest ago first. */
  const free = [...states];
  const waiting: Waiting<State>[] = [];

  function seatFor(affinity: (state: State) => number): Seat<State> {
    const best = free.reduce((leading, state) => (affinity(state) > affinity(leading) ? state : leading));
    free.splice(free.indexOf(best), 1);
    let held = true;
    return {
      state: best,
      isWanted: () => waiting.length > 0,
      leave: () => {
        if (!held) return;
        held = false;
        free.push(best);
        const next = waiting.shift();
        next?.sit(seatFor(next.affinity));
      },
    };
  }

  return {
    take: (affinity, signal) => new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (free.length > 0) return resolve(seatFor(affinity));
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      const entry: Waiting<State> = { affinity, sit: (seat) => { signal.removeEventListener('abort', onAbort); resolve(seat); } };
      waiting.push(entry);
      signal.addEventListener('abort', onAbort, { once: true });
    }),
  };
}

export type Turns = {
  /** Runs a step after all that were asked for before. A caller who left before it began is passed over: the signal's reason. */
  readonly run: <Result>(step: () => Promise<Result>, signal: AbortSignal) => Promise<Result>;
  /** Resolves when no step runs and none waits. */
  readonly idle: () => Promise<void>;
};

/** One step at a time: measured on one thread, three conversations in one batch gain nothing over three in turns. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (step, signal) => {
      const mine = last.then(() => {
        signal.throwIfAborted();
        return step();
      });
      last = mine.catch(() => undefined);
      return mine;
    },
    idle: async () => {
      for (let seen: unknown; seen !== last;) {
        seen = last;
        await last;
      }
    },
  };
}
