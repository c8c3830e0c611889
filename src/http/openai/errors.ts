/** The error table in OpenAI's shape: `{error: {message, type, param, code}}`, all four keys always present. */
import type { AntiphonError, ErrorCode } from '../../errors.ts';

export type OpenAiError = { readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string } };

/** Codes for which that vendor has a word of its own, which clients compare with. */
const vendorCodes: Partial<Record<ErrorCode, string>> = { model_unknown: 'model_not_found', queue_full: 'rate_limit_exceeded', context_too_long: 'context_length_exceeded', key_missing: 'invalid_api_key', key_refused: 'invalid_api_key', quota_exceeded: 'insufficient_quota', rate_limited: 'rate_limit_exceeded' };

export function toOpenAiError(error: AntiphonError): OpenAiError {
  return { error: { message: error.message, type: typeOf(error), param: error.param ?? null, code: vendorCodes[error.code] ?? error.code } };
}

function typeOf({ code, status }: AntiphonError): string {
  if (code === 'quota_exceeded') return 'insufficient_quota';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
