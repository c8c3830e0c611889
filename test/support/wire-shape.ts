/**
 * What a fixture says of an answer, compared with the answer: exact JSON, with words in angle brackets for what varies
 * (`"<string>"`, `"<number|null>"`). Objects may say more of what they hold:
 * - `{"<each>": shape}`: an array of at least one, all of that shape; `"<some>": [shape, …]` beside it are each there.
 * - `{"<record>": shape}`: an object of any keys whose values have that shape.
 * - `{"<one of>": [shape, …]}`: any one of these.
 * - `{"<many>": shape}`, as an item of a list: one or more of that shape in a row.
 * A key that ends in `?` may be absent. Any other key too many or too few is a difference.
 */
export type Shape = null | boolean | number | string | readonly Shape[] | { readonly [key: string]: Shape };

const words: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string' && value !== '',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  'any string': (value) => typeof value === 'string',
  'positive number': (value) => typeof value === 'number' && value > 0,
  'whole number': Number.isInteger,
  'base64 audio': (value) => isBase64(value) && value !== '',
  'any base64': isBase64,
  uuid: (value) => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
  'request id': (value) => typeof value === 'string' && /^req_[0-9a-f]{24}$/.test(value),
  'ISO time': (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value),
};

/** Differences, each with its place (`$.error.param: …`); empty where the answer is as the fixture says. Throws for a word that means nothing. */
export function differences(shape: Shape, value: unknown, place = '$'): readonly string[] {
  if (typeof shape === 'string' && /^<.+>$/.test(shape)) {
    return shape.slice(1, -1).split('|').some((word) => checkOf(word)(value)) ? [] : [told(place, shape, value)];
  }
  if (Array.isArray(shape)) return Array.isArray(value) ? listDifferences(shape as readonly Shape[], value, place) : [told(place, shape, value)];
  if (typeof shape !== 'object' || shape === null) return Object.is(shape, value) ? [] : [told(place, shape, value)];
  const object = shape as { readonly [key: string]: Shape };
  if ('<each>' in object) return eachDifferences(object, value, place);
  if ('<one of>' in object) {
    const choices = object['<one of>'] as readonly Shape[];
    return choices.some((choice) => differences(choice, value, place).length === 0) ? [] : choices.flatMap((choice) => differences(choice, value, place));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [told(place, shape, value)];
  const entries = value as Readonly<Record<string, unknown>>;
  if ('<record>' in object) return Object.entries(entries).flatMap(([key, one]) => differences(object['<record>']!, one, `${place}.${key}`));
  return objectDifferences(object, entries, place);
}

function eachDifferences(object: { readonly [key: string]: Shape }, value: unknown, place: string): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return [`${place}: expected at least one item, got ${short(value)}`];
  const items = value as readonly unknown[];
  const missing = ((object['<some>'] ?? []) as readonly Shape[]).filter((some) => !items.some((item) => differences(some, item).length === 0));
  return [
    ...items.flatMap((item, index) => differences(object['<each>']!, item, `${place}[${index}]`)),
    ...missing.map((some) => `${place}: no item is ${short(some)}`),
  ];
}

function objectDifferences(shape: { readonly [key: string]: Shape }, value: Readonly<Record<string, unknown>>, place: string): readonly string[] {
  const known = Object.entries(shape).map(([key, inner]) => ({ key: key.replace(/\?$/, ''), optional: key.endsWith('?'), inner }));
  const extra = Object.keys(value).filter((key) => !known.some((one) => one.key === key)).map((key) => `${place}.${key}: not in the fixture, got ${short(value[key])}`);
  return [
    ...known.flatMap(({ key, optional, inner }) => {
      if (Object.hasOwn(value, key)) return differences(inner, value[key], `${place}.${key}`);
      return optional ? [] : [`${place}.${key}: missing, expected ${short(inner)}`];
    }),
    ...extra,
  ];
}

/** `<many>` takes as many as have its shape, so what follows it must have another one. */
function listDifferences(shapes: readonly Shape[], values: readonly unknown[], place: string): readonly string[] {
  const found: string[] = [];
  let at = 0;
  for (const shape of shapes) {
    const many = typeof shape === 'object' && shape !== null && !Array.isArray(shape) ? (shape as { readonly [key: string]: Shape })['<many>'] : undefined;
    if (at >= values.length) found.push(`${place}[${at}]: missing, expected ${short(shape)}`);
    else found.push(...differences(many ?? shape, values[at], `${place}[${at}]`));
    at++;
    while (many !== undefined && at < values.length && differences(many, values[at]).length === 0) at++;
  }
  return at < values.length ? [...found, `${place}[${at}]: more than the fixture has, got ${short(values[at])}`] : found;
}

function checkOf(word: string): (value: unknown) => boolean {
  const check = words[word];
  if (!check) throw new Error(`A fixture has <${word}>; known are ${Object.keys(words).join(', ')}.`);
  return check;
}

function isBase64(value: unknown): boolean {
  return typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

function told(place: string, shape: Shape, value: unknown): string {
  return `${place}: expected ${short(shape)}, got ${short(value)}`;
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 120);
}
