/** Sends bytes to a client as they are made, at the client's pace, and gives up on one that has stopped reading. */
import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';
import { AntiphonError } from '../errors.ts';
import { toHeaderValue } from './header-value.ts';

export type StreamReplyOptions = {
  readonly reply: FastifyReply;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: AsyncGenerator<Uint8Array | string>;
  /** A client that reads nothing for this long is cut off. */
  readonly stallTimeoutMs: number;
  /** What to send in place of a broken connection when the stream fails half-way, where the format has a way to say it. */
  readonly lastWords?: (error: unknown) => string;
};

/**
 * The first chunk is awaited before anything is sent, so that what fails until then rejects here and can be
 * answered properly. After that a failure ends the stream with `lastWords`, or by breaking the connection: a
 * chunked body without its end is how HTTP says "incomplete".
 */
export async function streamReply({ reply, status, headers, chunks, stallTimeoutMs, lastWords }: StreamReplyOptions): Promise<void> {
  const first = await chunks.next();
  const raw = reply.raw;
  try {
    raw.writeHead(status, { ...(reply.getHeaders() as Record<string, string>), ...toHeaderValues(headers) });
  } catch (error) {
    await chunks.return(undefined);
    throw error;
  }
  reply.hijack();
  try {
    if (first.done !== true) await send(raw, first.value, stallTimeoutMs);
    for await (const chunk of chunks) await send(raw, chunk, stallTimeoutMs);
    raw.end();
  } catch (error) {
    if (lastWords && !raw.destroyed) raw.end(lastWords(error));
    else raw.destroy();
  } finally {
    await chunks.return(undefined);
  }
}

function toHeaderValues(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, toHeaderValue(value)]));
}

async function send(raw: ServerResponse, chunk: Uint8Array | string, stallTimeoutMs: number): Promise<void> {
  if (raw.destroyed) throw new AntiphonError('cancelled', 'The client left.');
  if (raw.write(chunk)) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: AntiphonError) => {
      clearTimeout(timer);
      raw.off('drain', onDrain);
      raw.off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    const onDrain = () => settle();
    const onClose = () => settle(new AntiphonError('cancelled', 'The client left.'));
    const timer = setTimeout(() => settle(new AntiphonError('cancelled', 'The client stopped reading.')), stallTimeoutMs);
    raw.once('drain', onDrain);
    raw.once('close', onClose);
  });
}
