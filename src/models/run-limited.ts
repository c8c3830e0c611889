/** Runs a task for each item, a few at a time. */

/**
 * The first task to fail aborts the signal of the others, starts no more, and is what this rejects with, once all
 * have settled. An abort of `signal` reaches every task.
 */
export async function runLimited<Item>(options: {
  items: readonly Item[];
  limit: number;
  signal: AbortSignal;
  task: (item: Item, signal: AbortSignal) => Promise<void>;
}): Promise<void> {
  const queue = options.items.values();
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  let failure: { readonly thrown: unknown } | undefined;
  async function lane(): Promise<void> {
    for (const item of queue) {
      if (failure !== undefined) return;
      try {
        await options.task(item, signal);
      } catch (thrown) {
        failure ??= { thrown };
        stop.abort();
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.limit, options.items.length) }, lane));
  if (failure !== undefined) throw failure.thrown;
}
