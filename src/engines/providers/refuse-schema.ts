/** A provider that finds a schema at fault says so as of any other field; callers know a code for it. */
import { AntiphonError } from '../../errors.ts';
import type { ChatRequest } from '../kinds.ts';

const aboutSchema = /response_format|output_config|output_format|json_schema|\bschema\b/i;

/** What was thrown, or schema_unsupported where a schema was sent and the refusal is about it. */
export function refuseSchema(thrown: unknown, { format }: ChatRequest): unknown {
  if (format?.type !== 'json_schema' || !(thrown instanceof AntiphonError) || thrown.code !== 'provider_rejected') return thrown;
  if (!aboutSchema.test(`${thrown.param ?? ''} ${thrown.message}`)) return thrown;
  return new AntiphonError('schema_unsupported', thrown.message, { param: 'response_format' });
}
