/**
 * JSON Schema as a grammar in llama.cpp's notation (GBNF), so that an answer cannot but be of that form. What a grammar
 * cannot hold a model to is refused with its place, never passed over.
 */
import { AntiphonError } from '../../errors.ts';

type Schema = Readonly<Record<string, unknown>>;

type Writer = {
  /** Adds a rule and gives its name. */
  readonly rule: (body: string) => string;
  /** The rule of a definition, made when it is first asked for: definitions may name themselves. */
  readonly definition: (reference: string, place: string) => string;
};

/** They say something about a value and demand nothing of it. */
const notes = new Set(['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly', '$schema', '$id', '$comment', '$defs', 'definitions']);
const types = ['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'] as const;
type JsonType = (typeof types)[number];

/** llama.cpp writes a repetition out; more than this slows every token. */
const maxRepeats = 1_000;
const maxRules = 2_000;
const maxIntegers = 256;

const basics = {
  // A blank where models put one, and no more: a small model can get lost in blanks.
  gap: '" "?',
  character: String.raw`[^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])`,
  string: String.raw`"\"" character* "\""`,
  integer: '"-"? ("0" | [1-9] [0-9]{0,15})',
  number: 'integer ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?',
  boolean: '"true" | "false"',
  null: '"null"',
  value: 'string | number | boolean | null | anyobject | anyarray',
  anyobject: '"{" gap (string ":" gap value ("," gap string ":" gap value)*)? gap "}"',
  anyarray: '"[" gap (value ("," gap value)*)? gap "]"',
} as const;

const formats: Readonly<Record<string, string>> = {
  date: String.raw`"\"" [0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) "\""`,
  time: String.raw`"\"" clock "\""`,
  'date-time': String.raw`"\"" [0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) "T" clock "\""`,
  uuid: String.raw`"\"" [0-9a-f]{8} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{4} "-" [0-9a-f]{12} "\""`,
};
const clock = 'clock ::= ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,3})? ("Z" | [+-] [0-2] [0-9] ":" [0-5] [0-9])';

/** Any JSON object. */
export function anyObjectGrammar(): string {
  return write('anyobject', []);
}

/** Errors: schema_unsupported, naming the keyword's place: `schema.properties.age.multipleOf`. */
export function schemaGrammar(schema: Schema): string {
  const rules: string[] = [];
  const definitions = new Map<string, string>();
  const writer: Writer = {
    rule: (body) => {
      if (rules.length >= maxRules) throw unsupported('schema', `needs more than ${maxRules} rules; make it smaller`);
      const name = `r${rules.length}`;
      rules.push(`${name} ::= ${body}`);
      return name;
    },
    definition: (reference, place) => {
      const present = definitions.get(reference);
      if (present !== undefined) return present;
      const name = `d${definitions.size}`;
      definitions.set(reference, name);
      rules.push(`${name} ::= ${expression(resolve(schema, reference, place), reference.replace('#', 'schema').replaceAll('/', '.'), writer)}`);
      return name;
    },
  };
  return write(expression(schema, 'schema', writer), rules);
}

function write(root: string, rules: readonly string[]): string {
  return [`root ::= ${root}`, ...rules, ...Object.entries(basics).map(([name, body]) => `${name} ::= ${body}`), clock].join('\n');
}

function resolve(root: Schema, reference: string, place: string): unknown {
  if (!reference.startsWith('#')) throw unsupported(`${place}.$ref`, 'must point into this schema');
  let found: unknown = root;
  for (const part of reference.split('/').slice(1)) found = isSchema(found) ? found[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  if (found === undefined) throw unsupported(`${place}.$ref`, 'points to nothing');
  return found;
}

/** What may stand where `schema` stands. */
function expression(schema: unknown, place: string, writer: Writer): string {
  if (schema === true) return 'value';
  if (!isSchema(schema)) throw unsupported(place, 'must be a schema');
  const keywords = Object.keys(schema).filter((key) => !notes.has(key));
  const only = (...allowed: readonly string[]): void => {
    const other = keywords.find((key) => !allowed.includes(key));
    if (other !== undefined) throw unsupported(`${place}.${other}`, 'cannot be enforced here');
  };
  if (keywords.length === 0) return 'value';
  if ('$ref' in schema) {
    only('$ref');
    return writer.definition(String(schema['$ref']), place);
  }
  if ('const' in schema) {
    only('const', 'type');
    return literal(schema['const']);
  }
  if ('enum' in schema) {
    only('enum', 'type');
    return oneOf(listAt(schema, 'enum', place).map(literal));
  }
  for (const key of ['anyOf', 'oneOf', 'allOf'] as const) {
    if (!(key in schema)) continue;
    only(key);
    const choices = listAt(schema, key, place);
    if (key === 'allOf' && choices.length > 1) throw unsupported(`${place}.allOf`, 'cannot be enforced here; write it as one schema');
    return oneOf(choices.map((choice, index) => expression(choice, `${place}.${key}.${index}`, writer)));
  }
  const named = typesOf(schema, place);
  only('type', ...named.flatMap((type) => keywordsOf[type]));
  return oneOf(named.map((type) => ofType(type, schema, place, writer)));
}

const keywordsOf: Readonly<Record<JsonType, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'format'],
  number: [],
  integer: ['minimum', 'maximum'],
  boolean: [],
  null: [],
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
};

/** A schema that names no type has one by its keywords. */
function typesOf(schema: Schema, place: string): readonly JsonType[] {
  const named = schema['type'] ?? types.find((type) => keywordsOf[type].some((key) => key in schema));
  if (named === undefined) throw unsupported(`${place}.${Object.keys(schema).find((key) => !notes.has(key))}`, 'cannot be enforced here');
  const list = Array.isArray(named) ? named : [named];
  if (list.length === 0 || !list.every((type) => types.includes(type as JsonType))) throw unsupported(`${place}.type`, `must be of ${types.join(', ')}`);
  return list as JsonType[];
}

function ofType(type: JsonType, schema: Schema, place: string, writer: Writer): string {
  switch (type) {
    case 'string': return text(schema, place);
    case 'integer': return integer(schema, place);
    case 'object': return object(schema, place, writer);
    case 'array': return array(schema, place, writer);
    default: return type;
  }
}

function text(schema: Schema, place: string): string {
  if ('format' in schema) {
    const format = formats[String(schema['format'])];
    if (format === undefined || 'minLength' in schema || 'maxLength' in schema) throw unsupported(`${place}.format`, `can be ${Object.keys(formats).join(', ')}, without lengths`);
    return `(${format})`;
  }
  const range = repeats(schema, ['minLength', 'maxLength'], place);
  return range === undefined ? 'string' : String.raw`"\"" character${range} "\""`;
}

/** A range is written out, so both ends must be there and near each other. */
function integer(schema: Schema, place: string): string {
  if (!('minimum' in schema) && !('maximum' in schema)) return 'integer';
  const least = Math.ceil(Number(schema['minimum']));
  const most = Math.floor(Number(schema['maximum']));
  if (most < least) throw unsupported(`${place}.maximum`, 'leaves no number');
  if (!(most - least < maxIntegers)) throw unsupported(`${place}.${'minimum' in schema ? 'minimum' : 'maximum'}`, `can be enforced with both ends, for up to ${maxIntegers} numbers`);
  return oneOf(Array.from({ length: most - least + 1 }, (_, index) => `"${least + index}"`));
}

function array(schema: Schema, place: string, writer: Writer): string {
  const item = writer.rule(expression(schema['items'] ?? true, `${place}.items`, writer));
  const least = countAt(schema, 'minItems', place) ?? 0;
  const most = countAt(schema, 'maxItems', place);
  if (most === 0) return '"[" gap "]"';
  if (most !== undefined && most < least) throw unsupported(`${place}.maxItems`, 'is less than minItems');
  const others = `("," gap ${item}){${Math.max(0, least - 1)},${most === undefined ? '' : most - 1}}`;
  const items = `${item} ${others}`;
  return `"[" gap ${least === 0 ? `(${items})?` : items} gap "]"`;
}

/**
 * Properties come in the order of the schema. Two rules for each stand for what may follow from there on: where nothing
 * was written yet, and where something was and a comma is due.
 */
function object(schema: Schema, place: string, writer: Writer): string {
  const properties = schema['properties'] ?? {};
  if (!isSchema(properties)) throw unsupported(`${place}.properties`, 'must be an object');
  const names = Object.keys(properties);
  const required = listAt(schema, 'required', place, []).map(String);
  const missing = required.find((name) => !names.includes(name));
  if (missing !== undefined) throw unsupported(`${place}.required`, `names ${JSON.stringify(missing)}, which properties does not describe`);
  if (names.length === 0) return freeObject(schema['additionalProperties'], place, writer);
  let first = '""';
  let next = '""';
  for (const name of names.toReversed()) {
    const value = expression(properties[name], `${place}.properties.${name}`, writer);
    const pair = writer.rule(`${literal(name)} ":" gap (${value})`);
    if (required.includes(name)) [first, next] = [writer.rule(`${pair} ${next}`), writer.rule(`"," gap ${pair} ${next}`)];
    else [first, next] = [writer.rule(`${pair} ${next} | ${first}`), writer.rule(`("," gap ${pair})? ${next}`)];
  }
  return `"{" gap ${first} gap "}"`;
}

function freeObject(additional: unknown, place: string, writer: Writer): string {
  if (additional === false) return '"{" gap "}"';
  if (additional === undefined || additional === true) return 'anyobject';
  const pair = writer.rule(`string ":" gap (${expression(additional, `${place}.additionalProperties`, writer)})`);
  return `"{" gap (${pair} ("," gap ${pair})*)? gap "}"`;
}

function repeats(schema: Schema, [least, most]: readonly [string, string], place: string): string | undefined {
  const from = countAt(schema, least, place);
  const to = countAt(schema, most, place);
  if (from === undefined && to === undefined) return undefined;
  if (to !== undefined && to < (from ?? 0)) throw unsupported(`${place}.${most}`, `is less than ${least}`);
  return `{${from ?? 0},${to ?? ''}}`;
}

function countAt(schema: Schema, key: string, place: string): number | undefined {
  const value = schema[key];
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > maxRepeats) throw unsupported(`${place}.${key}`, `can be a whole number up to ${maxRepeats}`);
  return value as number;
}

function listAt(schema: Schema, key: string, place: string, otherwise?: readonly unknown[]): readonly unknown[] {
  const value = schema[key] ?? otherwise;
  if (Array.isArray(value) && (value.length > 0 || otherwise !== undefined)) return value;
  throw unsupported(`${place}.${key}`, 'must be a list with something in it');
}

function oneOf(choices: readonly string[]): string {
  return choices.length === 1 ? choices[0]! : `(${choices.join(' | ')})`;
}

/** A value as JSON, in the grammar's own quotes. */
function literal(value: unknown): string {
  return JSON.stringify(JSON.stringify(value));
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unsupported(place: string, why: string): AntiphonError {
  return new AntiphonError('schema_unsupported', `${place} ${why}.`, { param: place });
}
