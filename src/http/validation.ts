/** A body checked against its schema; the first thing wrong becomes one clear error that names the field. */
import type { z } from 'zod';
import { AntiphonError } from '../errors.ts';

/** Errors: input_invalid. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    throw new AntiphonError('input_invalid', `Unknown field "${issue.keys[0]}".`, { param: issue.keys[0]! });
  }
  const param = issue.path.map(String).join('.');
  if (param === '') throw new AntiphonError('input_invalid', 'The body must be a JSON object.');
  const missing = issue.code === 'invalid_type' && valueAt(body, issue.path) === undefined;
  throw new AntiphonError('input_invalid', missing ? `${param} is required.` : `${param}: ${issue.message}.`, { param });
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined), body);
}
