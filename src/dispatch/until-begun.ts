/** A stream that is read up to its first item, and can be left at any time without waiting for whoever makes it. */

export type BegunStream<Item> = {
  /** All of it, the first item included. */
  readonly pieces: AsyncIterable<Item>;
  /** Lets its maker clean up. Idempotent. */
  readonly leave: () => void;
};

/** Errors: what the stream rejects with before its first item. */
export async function untilBegun<Item>(source: AsyncIterable<Item>, signal: AbortSignal): Promise<BegunStream<Item>> {
  const items = source[Symbol.asyncIterator]();
  const leave = (): void => void Promise.resolve(items.return?.()).catch(() => undefined);
  try {
    const first = await items.next();
    signal.throwIfAborted();
    return { leave, pieces: { [Symbol.asyncIterator]: () => joined(first, items) } };
  } catch (error) {
    leave();
    throw error;
  }
}

async function* joined<Item>(first: IteratorResult<Item>, items: AsyncIterator<Item>): AsyncGenerator<Item> {
  for (let next = first; next.done !== true; next = await items.next()) yield next.value;
}
