/** What forms and addresses send as text: numbers, flags, and fields that are there but say nothing. */
import { z } from 'zod';

/** A decimal number, to be piped into its range. */
export const numberText = z.string().regex(/^[+-]?\d+(\.\d+)?$/, 'not a number').transform(Number);

/** In the ways in which clients write them. */
export const flagText = z.enum(['true', 'false', 'True', 'False', '1', '0'], 'neither true nor false').transform((value) => ['true', 'True', '1'].includes(value));

/** Without fields that are empty: forms in browsers send all they have, and clients write "none" so. */
export function withoutEmpty<Value extends string | readonly string[]>(fields: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}
