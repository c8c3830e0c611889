/** A queue that is filled by events and read with `for await`; ends or fails when its writer says so. */

export type AsyncQueue<Item> = AsyncIterable<Item> & {
  readonly push: (item: Item) => void;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
};

/** Unbounded: its writer has to keep the bound. One reader. */
export function createAsyncQueue<Item>(): AsyncQueue<Item> {
  const items: Item[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;

  function signalReader(): void {
    wake?.();
    wake = undefined;
  }

  return {
    push: (item) => { items.push(item); signalReader(); },
    end: () => { ended = true; signalReader(); },
    fail: (error) => { failure ??= { error }; signalReader(); },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (failure) throw failure.error;
        if (items.length > 0) yield items.shift()!;
        else if (ended) return;
        else await new Promise<void>((resolve) => { wake = resolve; });
      }
    },
  };
}
