/** What every service of the worker does with its calls: errors mapped, a caller's leaving noticed, a slow reader waited for. */
import type { Metadata, sendUnaryData, ServerDuplexStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { AntiphonError, toAntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { toGrpcStatus } from './grpc-errors.ts';
import { laneWeightKey } from './protocol.ts';

/** A call that is answered by a stream. */
type AnsweringCall<Request, Response> = ServerDuplexStream<Request, Response> | ServerWritableStream<Request, Response>;

type Handler<Request, Response> = (request: Request, signal: AbortSignal, metadata: Metadata) => Promise<Response>;

export function unaryWith(log: Logger) {
  return <Request, Response>(handler: Handler<Request, Response>) => (call: ServerUnaryCall<Request, Response>, answer: sendUnaryData<Response>): void => {
    handler(call.request, callerSignal(call), call.metadata).then(
      (response) => answer(null, response),
      (error: unknown) => {
        logFault(log, error);
        answer(toGrpcStatus(error));
      },
    );
  };
}

/** Aborted when the caller leaves. */
export function callerSignal(call: { on: (event: 'cancelled', listener: () => void) => unknown }): AbortSignal {
  const cancel = new AbortController();
  call.on('cancelled', () => cancel.abort(new AntiphonError('cancelled', 'The caller left.')));
  return cancel.signal;
}

/** What the call's lane is worth; what is no positive number counts as nothing said. */
export function laneWeightOf(metadata: Metadata): number {
  const weight = Number(metadata.get(laneWeightKey)[0]);
  return Number.isFinite(weight) && weight > 0 ? weight : 1;
}

/** Ends a stream with the error's status. */
export function failCall<Request, Response>(call: AnsweringCall<Request, Response>, error: unknown, log: Logger): void {
  logFault(log, error);
  if (!call.cancelled) call.emit('error', toGrpcStatus(error));
}

/** Writes messages; while the caller has not read them, gives one promise for all of them. */
export function createSender<Request, Response>(call: AnsweringCall<Request, Response>, signal: AbortSignal): (message: Response) => void | Promise<void> {
  let draining: Promise<void> | undefined;
  return (message) => {
    if (call.write(message)) return draining;
    draining ??= drained(call, signal).finally(() => { draining = undefined; });
    return draining;
  };
}

/** Resolves when the call's buffer has been read; rejects when the caller leaves before. */
function drained<Request, Response>(call: AnsweringCall<Request, Response>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDrain = () => { signal.removeEventListener('abort', onAbort); resolve(); };
    const onAbort = () => { call.off('drain', onDrain); reject(signal.reason); };
    call.once('drain', onDrain);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** What the caller did wrong is for the caller; the rest has its cause in this log and nowhere else. */
function logFault(log: Logger, thrown: unknown): void {
  const error = toAntiphonError(thrown);
  if (error.status >= 500) log.error({ code: error.code, err: error.cause ?? error }, error.message);
}
