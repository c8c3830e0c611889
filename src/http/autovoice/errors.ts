/** The error table in AutoVoice's shape: `{error, message?}`; 404 for a speaker that does not exist. */
import type { Dialect } from '../dialect.ts';

/** The speech room's names of fields, where this API calls them something else. */
const vendorFields: readonly (readonly [RegExp, string])[] = [[/^input\b/, 'text'], [/^speed\b/, 'voice_config.speed']];

export const autovoiceDialect: Dialect = (error) => {
  if (error.code === 'voice_unknown') return { status: 404, body: { error: 'Invalid speaker. GET /api/v1/speakers lists those that are here.', error_code: error.code } };
  if (error.status === 503) return { status: 503, body: { error: 'Voice synthesis service unavailable', message: error.message, error_code: error.code } };
  if (error.status >= 500) return { status: error.status, body: { error: 'Voice synthesis failed', message: error.message, error_code: error.code } };
  const message = vendorFields.reduce((text, [pattern, field]) => text.replace(pattern, field), error.message);
  return { status: error.status, body: { error: message, error_code: error.code } };
};
