/** What is still being made, for any number of readers who may come at any time: each gets all of it, from the first item on. */

export type Spool<Item> = {
  readonly push: (item: Item) => void;
  readonly end: () => void;
  /** Readers get what there is, then this. */
  readonly fail: (error: unknown) => void;
  readonly read: () => AsyncGenerator<Item>;
};

/** Holds all of it while somebody holds the spool or reads it: its writer has to keep the bound. */
export function createSpool<Item>(): Spool<Item> {
  const items: Item[] = [];
  const waiting = new Set<() => void>();
  let end: { readonly error?: unknown } | undefined;

  function wake(): void {
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  return {
    push: (item) => { items.push(item); wake(); },
    end: () => { end ??= {}; wake(); },
    fail: (error) => { end ??= { error }; wake(); },
    async *read() {
      for (let index = 0; ;) {
        if (index < items.length) yield items[index++]!;
        else if (end !== undefined) {
          if ('error' in end) throw end.error;
          return;
        } else await new Promise<void>((resolve) => { waiting.add(resolve); });
      }
    },
  };
}
