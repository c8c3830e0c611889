/** The error table in ODIADEV-TTS' shape, which is FastAPI's: `{detail: "…"}`, and 422 with a list for what has the wrong shape. */
import type { AntiphonError } from '../../errors.ts';
import type { Dialect } from '../dialect.ts';

/** What FastAPI says of a field that is not there. */
export const fieldRequired = 'Field required';

/** The speech room's names of fields, where this API calls them something else. */
const vendorFields: Readonly<Record<string, string>> = { input: 'text', voice: 'voice_id' };

export const odiadevDialect: Dialect = (error) => {
  if (error.code !== 'input_invalid' && error.code !== 'body_invalid') return { status: error.status, body: { detail: detailOf(error) } };
  const type = error.code === 'body_invalid' ? 'json_invalid' : error.message === fieldRequired ? 'missing' : 'value_error';
  return { status: 422, body: { detail: [{ type, loc: locationOf(error), msg: error.message }] } };
};

function detailOf({ code, message }: AntiphonError): string {
  if (code === 'voice_unknown') return 'There is no voice of that voice_id; GET /voices lists those that are here.';
  return code === 'input_empty' ? message.replace(/^input\b/, 'text') : message;
}

function locationOf({ param }: AntiphonError): string[] {
  return param === undefined ? ['body'] : ['body', ...(vendorFields[param] ?? param).split('.')];
}
