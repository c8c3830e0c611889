/** A queue of events that tells its writers when the reader has fallen behind, so that they can wait for him. */
import { createAsyncQueue } from '../async-queue.ts';

export type EventOutlet<Event> = {
  readonly put: (event: Event) => void;
  /** False while `limit` events or more wait to be read. */
  readonly hasRoom: () => boolean;
  /** One reader. */
  readonly events: AsyncIterable<Event>;
  /** What was put before is still read; then the reader's loop ends, or throws `error`. */
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
};

/** `onRead` is called after each event that is read. */
export function createEventOutlet<Event>({ limit, onRead }: { readonly limit: number; readonly onRead: () => void }): EventOutlet<Event> {
  const queue = createAsyncQueue<{ readonly event: Event } | { readonly error: unknown }>();
  let waiting = 0;

  async function* read(): AsyncGenerator<Event> {
    for await (const item of queue) {
      if ('error' in item) throw item.error;
      waiting -= 1;
      onRead();
      yield item.event;
    }
  }

  return {
    put(event) {
      waiting += 1;
      queue.push({ event });
    },
    hasRoom: () => waiting < limit,
    events: read(),
    end: queue.end,
    fail: (error) => queue.push({ error }),
  };
}
