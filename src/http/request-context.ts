/** What every request carries: its id, its trace, and a signal that says the caller has left. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomBytes } from 'node:crypto';
import { localCaller, type Caller } from '../caller.ts';
import { AntiphonError } from '../errors.ts';
import { continueTrace, type TraceContext } from '../telemetry/trace-context.ts';

const traces = new WeakMap<FastifyRequest, TraceContext>();

const callers = new WeakMap<FastifyRequest, Caller>();

/** Who asks, as the door found out; it lets nobody through of whom it did not. */
export function callerOf(request: FastifyRequest): Caller {
  return callers.get(request) ?? localCaller;
}

export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** The caller's own id where it is one that can safely be logged and echoed, else a fresh one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w.-]{8,80}$/.test(header) ? header : `req_${randomBytes(12).toString('hex')}`;
}

export function traceOf(request: FastifyRequest): TraceContext {
  const known = traces.get(request);
  if (known) return known;
  const header = request.headers['traceparent'];
  const trace = continueTrace(typeof header === 'string' ? header : undefined);
  traces.set(request, trace);
  return trace;
}

/** Aborted when the connection closes before the answer is complete. */
export function callerSignal(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort(new AntiphonError('cancelled', 'The client left.'));
  });
  return left.signal;
}
