/** The error table in gRPC's terms, both ways: status for any client, code in the trailing metadata for ours. */
import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { AntiphonError, isErrorCode, toAntiphonError, type ErrorCode } from '../errors.ts';
import { errorCodeKey, errorParamKey } from './protocol.ts';

const byHttpStatus: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  404: status.NOT_FOUND,
  429: status.RESOURCE_EXHAUSTED,
  499: status.CANCELLED,
  503: status.UNAVAILABLE,
};

export function toGrpcStatus(thrown: unknown): Partial<StatusObject> & { code: status; details: string; metadata: Metadata } {
  const error = toAntiphonError(thrown);
  const metadata = new Metadata();
  metadata.set(errorCodeKey, error.code);
  if (error.param !== undefined) metadata.set(errorParamKey, error.param);
  return { code: byHttpStatus[error.status] ?? status.INTERNAL, details: error.message, metadata };
}

/** A failure of a call to a worker. Without our code in it the connection or the process is at fault: worker_lost. */
export function fromGrpcError(error: ServiceError): AntiphonError {
  const code = error.metadata?.get(errorCodeKey)[0];
  const param = error.metadata?.get(errorParamKey)[0];
  if (typeof code === 'string' && isErrorCode(code)) {
    return new AntiphonError(code, error.details, typeof param === 'string' ? { param, cause: error } : { cause: error });
  }
  const lost: ErrorCode = error.code === status.CANCELLED ? 'cancelled' : 'worker_lost';
  return new AntiphonError(lost, lost === 'cancelled' ? 'The request was cancelled.' : 'The worker that was at it is gone.', { cause: error });
}
