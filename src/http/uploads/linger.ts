/**
 * A refusal while the client still sends. A server that closes the connection at once resets it, and a client that is
 * busy sending may then never read why (RFC 9112 section 9.6). So the answer goes out, what still comes is thrown away
 * for a while, and only then the connection is closed.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';

/** A client that has not stopped sending or left by then does not read. */
const lingerMs = 5_000;

export type LingerOptions = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** A whole answer. */
  readonly payload: unknown;
  readonly clock: Clock;
};

/** What to send in place of `payload`: the same, with an end that waits for the client. For an `onSend` hook. */
export function lingerWhileSending({ request, reply, payload, clock }: LingerOptions): unknown {
  const { raw } = request;
  // What nobody has read would hold up the next request on this connection.
  raw.unpipe();
  raw.resume();
  if (raw.complete || raw.destroyed || typeof payload !== 'string') return payload;
  reply.header('connection', 'close').header('content-length', String(Buffer.byteLength(payload)));
  // One that sends nothing any more has nothing to be reset.
  if (reply.statusCode === 408) return payload;
  return Readable.from(withLateEnd(payload, raw, clock), { objectMode: false });
}

async function* withLateEnd(payload: string, raw: IncomingMessage, clock: Clock): AsyncGenerator<Buffer> {
  yield Buffer.from(payload);
  if (raw.complete || raw.destroyed) return;
  const over = new AbortController();
  try {
    await Promise.race([once(raw, 'end', over), once(raw, 'close', over), clock.sleep(lingerMs, over.signal)]);
  } catch {
    // An error of the connection: it is gone.
  } finally {
    over.abort();
  }
}
