/** Fields of a body or a query checked against their schema; the first thing wrong becomes an error that says where it stood. */
import { z } from 'zod';
import { AntiphonError } from '../../errors.ts';
import { fieldRequired } from './errors.ts';

/** Errors: input_invalid, whose param begins with the place: `body.voice_settings.speed`, `query.output_format`. */
export function parseFields<Schema extends z.ZodType>(schema: Schema, given: unknown, place: 'body' | 'query'): z.infer<Schema> {
  const parsed = schema.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    throw new AntiphonError('input_invalid', 'This server knows no such field.', { param: [place, ...path, issue.keys[0]!].join('.') });
  }
  if (path.length === 0) throw new AntiphonError('input_invalid', 'The body must be a JSON object.', { param: place });
  const missing = issue.code === 'invalid_type' && valueAt(given, issue.path) === undefined;
  throw new AntiphonError('input_invalid', missing ? fieldRequired : issue.message, { param: [place, ...path].join('.') });
}

/** Flags of a query string, in the ways in which clients write them. */
export const queryFlag = z.enum(['true', 'false', 'True', 'False', '1', '0']).transform((value) => ['true', 'True', '1'].includes(value));

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined), given);
}
