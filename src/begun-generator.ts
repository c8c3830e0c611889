/**
 * An async generator that has already run to its first `yield`. One that never began would not clean up when its reader
 * leaves without reading; this one does.
 */
export async function begunGenerator<Item>(make: () => AsyncGenerator<Item | undefined>): Promise<AsyncGenerator<Item>> {
  const generator = make();
  // `make` yields undefined once, first of all, inside of its try.
  await generator.next();
  return generator as AsyncGenerator<Item>;
}
