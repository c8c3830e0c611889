/** The error table in ElevenLabs' shapes: `{detail: {status, code, message, …}}`, and 422 `{detail: [{loc, msg, type}]}` for fields. */
import type { AntiphonError, ErrorCode } from '../../errors.ts';
import type { Dialect } from '../dialect.ts';

/** What that vendor's validation says of a field that is not there. */
export const fieldRequired = 'Field required';

type VendorError = { readonly status: number; readonly code: string };

/** Codes for which that vendor has a status and a word of its own, which clients compare with. */
const vendorErrors: Partial<Record<ErrorCode, VendorError>> = {
  voice_unknown: { status: 404, code: 'voice_not_found' },
  model_unknown: { status: 400, code: 'model_not_found' },
  input_empty: { status: 400, code: 'input_text_empty' },
  input_too_long: { status: 400, code: 'max_character_limit_exceeded' },
  input_unsupported: { status: 400, code: 'unsupported_parameter' },
  queue_full: { status: 429, code: 'system_busy' },
  key_missing: { status: 401, code: 'needs_authorization' },
  key_refused: { status: 403, code: 'invalid_api_key' },
  forbidden: { status: 403, code: 'missing_permissions' },
  rate_limited: { status: 429, code: 'rate_limit_exceeded' },
  internal: { status: 500, code: 'internal_server_error' },
};

const vendorTypes: Readonly<Record<number, string>> = { 401: 'authentication_error', 403: 'authorization_error', 404: 'not_found', 429: 'rate_limit_error', 503: 'service_unavailable' };

/** The speech room's names of fields, where this API calls them something else. */
const vendorFields: Readonly<Record<string, string>> = { input: 'body.text', model: 'body.model_id', voice: 'path.voice_id', speed: 'body.voice_settings.speed', sample_rate: 'query.output_format' };

const places = new Set(['body', 'query', 'path', 'header']);

export const elevenLabsDialect: Dialect = (error, requestId) => {
  const loc = locationOf(error);
  if (error.code === 'body_invalid') return { status: 422, body: { detail: [{ loc, msg: error.message, type: 'json_invalid' }] } };
  if (error.code === 'input_invalid') {
    return { status: 422, body: { detail: [{ loc, msg: error.message, type: error.message === fieldRequired ? 'missing' : 'value_error' }] } };
  }
  const { status, code } = vendorErrorOf(error);
  const type = vendorTypes[status] ?? (status >= 500 ? 'internal_error' : 'validation_error');
  return { status, body: { detail: { type, code, status: code, message: messageOf(error), request_id: requestId, ...(loc.length > 1 ? { param: loc.slice(1).join('.') } : {}) } } };
};

/** The one word that says what went wrong, for a WebSocket's error message too. */
export function vendorErrorOf({ code, status }: AntiphonError): VendorError {
  return vendorErrors[code] ?? { status, code };
}

/** Other rooms point to their own vendor's list and speak of their own field. */
export function messageOf({ code, message }: AntiphonError): string {
  if (code === 'voice_unknown') return 'A voice with that voice_id was not found. GET /v1/voices lists those that are here.';
  if (code === 'input_too_long' || code === 'input_empty') return message.replace(/^input\b/, 'text');
  return message;
}

/** The field at fault in this vendor's words, without its place; undefined where none is. */
export function fieldOf(error: AntiphonError): string | undefined {
  const field = locationOf(error).slice(1).join('.');
  return field === '' ? undefined : field;
}

/** `query.output_format` → ["query", "output_format"]; a field without a place is one of the body. */
function locationOf({ param }: AntiphonError): (string | number)[] {
  if (param === undefined) return ['body'];
  const parts = (vendorFields[param] ?? param).split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return places.has(String(parts[0])) ? parts : ['body', ...parts];
}
