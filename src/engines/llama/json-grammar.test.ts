import { describe, expect, it } from 'vitest';
import { anyObjectGrammar, schemaGrammar } from './json-grammar.ts';

const root = (schema: Record<string, unknown>): string => schemaGrammar(schema).split('\n')[0]!.replace('root ::= ', '');

describe('a JSON schema as a grammar', () => {
  it.each([
    ['any object', { type: 'object' }, 'anyobject'],
    ['one of several texts', { enum: ['a', 'b"c'] }, String.raw`("\"a\"" | "\"b\\\"c\"")`],
    ['a constant', { const: null }, '"null"'],
    ['numbers that are few', { type: 'integer', minimum: 2, maximum: 4 }, '("2" | "3" | "4")'],
    ['several types', { type: ['string', 'null'] }, '(string | null)'],
    ['lengths', { type: 'string', minLength: 1, maxLength: 3 }, String.raw`"\"" character{1,3} "\""`],
    ['choices', { anyOf: [{ type: 'boolean' }, { type: 'number' }] }, '(boolean | number)'],
    ['anything', { description: 'whatever' }, 'value'],
  ])('holds to %s', (_, schema, expected) => {
    expect(root(schema)).toBe(expected);
  });

  it.each([
    ['schema.pattern', { type: 'string', pattern: '^a' }],
    ['schema.properties.age.multipleOf', { type: 'object', properties: { age: { type: 'integer', multipleOf: 5 } } }],
    ['schema.properties.a.items.uniqueItems', { type: 'object', properties: { a: { type: 'array', items: { type: 'array', uniqueItems: true } } } }],
    ['schema.not', { not: { type: 'string' } }],
    ['schema.minimum', { type: 'integer', minimum: 0 }],
    ['schema.maxLength', { type: 'string', maxLength: 100_000 }],
    ['schema.required', { type: 'object', properties: {}, required: ['ghost'] }],
    ['schema.$ref', { $ref: 'https://example.com/schema' }],
    ['schema.properties.x.$ref', { type: 'object', properties: { x: { $ref: '#/$defs/none' } } }],
    ['schema.format', { type: 'string', format: 'email' }],
    ['schema.type', { type: 'date' }],
    ['schema.allOf', { allOf: [{ type: 'string' }, { type: 'string' }] }],
    ['schema.anyOf.1.minProperties', { anyOf: [{ type: 'null' }, { type: 'object', minProperties: 1 }] }],
    ['schema.enum', { enum: [] }],
    ['schema.items', { type: 'array', items: 7 }],
  ])('is refused at %s where it cannot be enforced', (param, schema) => {
    expect(() => schemaGrammar(schema)).toThrow(expect.objectContaining({ code: 'schema_unsupported', param }) as Error);
  });

  it('lets a definition name itself', () => {
    const grammar = schemaGrammar({ $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } }, $ref: '#/$defs/node' });
    expect(grammar).toMatch(/^root ::= d0$/mu);
    expect(grammar.match(/^d0 ::=/gmu)).toHaveLength(1);
  });

  it('is refused where it would grow without bound', () => {
    const wide = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`p${index}`, { type: 'string' }]));
    expect(() => schemaGrammar({ type: 'object', properties: wide })).toThrow(expect.objectContaining({ code: 'schema_unsupported', param: 'schema' }) as Error);
  });

  it('has only rules that are defined', () => {
    for (const grammar of [anyObjectGrammar(), schemaGrammar({ type: 'object', properties: { a: { type: 'string', format: 'date-time' }, b: { type: 'array', items: {} } } })]) {
      const defined = new Set([...grammar.matchAll(/^(\w+) ::=/gmu)].map((match) => match[1]));
      const bodies = grammar.replaceAll(/^\w+ ::=/gmu, '').replaceAll(/"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|\{[\d,]*\}/gu, '');
      for (const [name] of bodies.matchAll(/[a-z]\w*/gu)) expect(defined).toContain(name);
    }
  });
});
