/** A number of places that are taken in order of arrival. */

export type Slots = {
  /** Resolves once one is free; rejects with the signal's reason, and then holds none. */
  readonly take: (signal: AbortSignal) => Promise<void>;
  /** Once for every one taken. */
  readonly giveBack: () => void;
};

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();

  return {
    take: (signal) => new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (free > 0) {
        free--;
        return resolve();
      }
      const leave = (): void => {
        waiting.delete(enter);
        reject(signal.reason);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      waiting.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    }),
    giveBack: () => {
      const [next] = waiting;
      if (next === undefined) return void free++;
      waiting.delete(next);
      next();
    },
  };
}
