/** The error table in Rose's shape: `{error, message, request_id, details}`, with that API's own words for kinds of failure. */
import type { AntiphonError, ErrorCode } from '../../errors.ts';
import type { Dialect } from '../dialect.ts';

/** Codes that say more than their status does. */
const vendorWords: Partial<Record<ErrorCode, string>> = {
  session_unknown: 'session_not_found',
  reply_audio_unknown: 'audio_not_found',
  route_unknown: 'not_found',
  internal: 'internal_server_error',
};

const wordsByStatus: Readonly<Record<number, string>> = { 401: 'unauthorized', 403: 'forbidden', 429: 'rate_limit_exceeded', 502: 'external_service_unavailable', 503: 'service_unavailable', 504: 'timeout_error', 507: 'service_unavailable' };

/** A field at fault, in that API's own words for it. */
const vendorFields: Readonly<Record<string, string>> = { input: 'text', file: 'audio' };

export const roseDialect: Dialect = (error, requestId) => ({
  status: statusOf(error),
  body: { error: wordOf(error), message: error.message, request_id: requestId, details: detailsOf(error) },
});

/** It knows no 502: what it leans on is away either way. */
function statusOf({ status }: AntiphonError): number {
  return status === 502 || status === 507 ? 503 : status;
}

function wordOf({ code, status }: AntiphonError): string {
  return vendorWords[code] ?? wordsByStatus[status] ?? (status >= 500 ? 'internal_server_error' : 'validation_error');
}

function detailsOf({ code, param, retryAfterSeconds }: AntiphonError) {
  return {
    code,
    ...(param === undefined ? {} : { field: vendorFields[param] ?? param }),
    ...(retryAfterSeconds === undefined ? {} : { retry_after_seconds: retryAfterSeconds }),
  };
}
