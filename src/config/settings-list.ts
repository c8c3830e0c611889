/** The schema as a flat list: one row a setting, for loading, `antiphon config` and the generated reference. */
import { z } from 'zod';
import { configSchema } from './schema.ts';

export type Setting = {
  /** Dotted path in the YAML file: `server.port`. */
  readonly path: string;
  /** `ANTIPHON_SERVER_PORT`. */
  readonly variable: string;
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'map';
  readonly unit: string | undefined;
  readonly description: string;
  readonly defaultValue: unknown;
};

const settings: readonly Setting[] = collect(configSchema, []);

/** All settings, in the order of the schema. */
export function listSettings(): readonly Setting[] {
  return settings;
}

function collect(schema: z.ZodType, path: readonly string[]): Setting[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, child]) => collect(child as z.ZodType, [...path, key]));
  }
  const meta = z.object({ description: z.string(), unit: z.string().optional() }).parse(schema.meta() ?? {});
  return [{
    path: path.join('.'),
    variable: `ANTIPHON_${path.map(toScreamingSnake).join('_')}`,
    type: typeOf(inner),
    unit: meta.unit,
    description: meta.description,
    defaultValue: schema.parse(undefined),
  }];
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrap(schema.def.innerType as z.ZodType);
  // What is made of the given value is no part of how it is given.
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in as z.ZodType);
  return schema;
}

function typeOf(schema: z.ZodType): Setting['type'] {
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  if (schema instanceof z.ZodArray) return 'list';
  if (schema instanceof z.ZodRecord) return 'map';
  return 'string';
}

function toScreamingSnake(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
