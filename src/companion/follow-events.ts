/** Events of work that goes on by itself, read with `for await`: whoever stops reading ends the work. */
import { createAsyncQueue } from '../async-queue.ts';
import { AntiphonError } from '../errors.ts';

/** Begins with the first read. What the work throws is thrown behind its events; leaving early aborts its signal and waits for its end. */
export async function* followEvents<Event>(work: (tell: (event: Event) => void, left: AbortSignal) => Promise<void>): AsyncGenerator<Event> {
  const queue = createAsyncQueue<Event>();
  const left = new AbortController();
  const working = work(queue.push, left.signal).then(queue.end, queue.fail);
  try {
    yield* queue;
  } finally {
    left.abort(new AntiphonError('cancelled', 'The reader left.'));
    await working;
  }
}
