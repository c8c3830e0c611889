/** Server-sent events of an answer, as they arrive (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
import { ApiFailure, isAbort } from './api.ts';
import { readLines } from './read-lines.ts';

export type ServerEvent = { readonly name: string; readonly data: string };

/** Leaving early closes the connection. Throws ApiFailure `connection_cut` where it breaks. */
export async function* readEvents(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<ServerEvent> {
  let name = 'message';
  let data: string[] = [];
  for await (const line of readLines(readBytes(body))) {
    if (line === '') {
      if (data.length > 0) yield { name, data: data.join('\n') };
      name = 'message';
      data = [];
      continue;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') name = value ?? '';
    if (field === 'data') data.push(value ?? '');
  }
}

async function* readBytes(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isOver = done;
      if (done) return;
      yield value;
    }
  } catch (thrown) {
    isOver = true;
    if (isAbort(thrown)) throw thrown;
    throw new ApiFailure('connection_cut', 'The connection was cut before the answer was complete.');
  } finally {
    if (!isOver) await reader.cancel().catch(() => undefined);
  }
}
