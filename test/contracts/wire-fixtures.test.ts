/**
 * Every dialect on the wire, against fixtures that were written by hand from its vendor's documentation: shapes of
 * answers, events and messages, and each error it can give. test/support/wire-shape.ts says how a fixture is read.
 */
import { readFileSync } from 'node:fs';
import { request as ask, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { loadConfig } from '../../src/config/load-config.ts';
import { AntiphonError, type ErrorCode } from '../../src/errors.ts';
import { createApp } from '../../src/http/app.ts';
import { autovoiceDialect } from '../../src/http/autovoice/errors.ts';
import type { Dialect } from '../../src/http/dialect.ts';
import { elevenLabsDialect } from '../../src/http/elevenlabs/errors.ts';
import { odiadevDialect } from '../../src/http/odiadev/errors.ts';
import { roseDialect } from '../../src/http/rose/errors.ts';
import { createSilentLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { longText, openSpeech, queueOf, type OpenSpeech } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';
import { differences, type Shape } from '../support/wire-shape.ts';

type Answer = {
  readonly status: number;
  /** Those that clients read; null where one must be absent. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** One of these four: JSON, audio, server-sent events, JSON lines. */
  readonly body?: Shape;
  /** `startsWith` is Latin-1. */
  readonly bytes?: { readonly startsWith?: string; readonly atLeast: number };
  readonly events?: readonly Shape[];
  readonly lines?: readonly Shape[];
};
type Call = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is where it is a string, else as JSON. `<4097 characters>` stands for a text of that length, `<30 sentences>` for one that takes a while to say. */
  readonly body?: unknown;
};
type Exchange = { readonly name: string; readonly while?: 'the queue is full' | 'an operator cancels it'; readonly request: Call; readonly response: Answer };
type Conversation = { readonly name: string; readonly socket: string; readonly sent: readonly unknown[]; readonly received: readonly Shape[]; readonly closeCode: number };
/** What goes wrong inside, where no request can bring it about. */
type Failure = { readonly name: string; readonly failure: ErrorCode; readonly response: Answer };
type Fixture = Exchange | Conversation | Failure;
type Given = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly bytes: Buffer };

/** OpenAI's is the one that routes have which name none. */
const dialects: Readonly<Record<string, Dialect | undefined>> = {
  openai: undefined, groq: undefined, own: undefined, elevenlabs: elevenLabsDialect, odiadev: odiadevDialect, autovoice: autovoiceDialect, rose: roseDialect,
};

const fixturesOf = (dialect: string): readonly Fixture[] => JSON.parse(readFileSync(new URL(`fixtures/${dialect}.json`, import.meta.url), 'utf8')) as readonly Fixture[];
const all = Object.keys(dialects).flatMap((dialect) => fixturesOf(dialect).map((fixture) => ({ title: `${dialect}: ${fixture.name}`, dialect, fixture })));
const exchanges = all.flatMap(({ title, fixture }) => ('request' in fixture ? [{ title, ...fixture }] : []));

let server: StartedServer;
beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_WORKERS_MAX_STREAMS: '1', ANTIPHON_WORKERS_MAX_WAITING: '2' } });
});
afterAll(() => server.stop());

/** A plain request: `fetch` takes no Host header and no body with GET. */
async function send({ method, path, headers = {}, body }: Call, onFirstBytes?: () => void): Promise<Given> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body, (_key, value: unknown) => (typeof value === 'string' ? expanded(value) : value));
  const given = text === undefined ? headers : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(expanded(text))), ...headers };
  return new Promise((resolve, reject) => {
    ask(`${server.url}${path}`, { method, headers: given, agent: false }, (response) => {
      if (onFirstBytes) response.once('data', onFirstBytes);
      buffer(response).then((bytes) => resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes }), reject);
    }).on('error', reject).end(text === undefined ? undefined : expanded(text));
  });
}

function expanded(text: string): string {
  const [, count, unit] = /^<(\d+) (characters|sentences)>$/.exec(text) ?? [];
  if (count === undefined) return text;
  return unit === 'characters' ? 'a'.repeat(Number(count)) : longText(Number(count));
}

function check(wanted: Answer, { status, headers, bytes }: Given): void {
  const text = () => bytes.toString();
  const found = [
    ...differences(wanted.status, status, 'status'),
    ...Object.entries(wanted.headers ?? {}).flatMap(([name, value]) => differences(value, headers[name] ?? null, `header ${name}`)),
    ...(wanted.body === undefined ? [] : differences(wanted.body, jsonOf(text()))),
    ...(wanted.lines === undefined ? [] : differences(wanted.lines, text().trimEnd().split('\n').map(jsonOf))),
    ...(wanted.events === undefined ? [] : differences(wanted.events, eventsIn(text()).map(jsonOf))),
    ...(wanted.bytes?.startsWith === undefined ? [] : differences(wanted.bytes.startsWith, bytes.toString('latin1', 0, wanted.bytes.startsWith.length), 'first bytes')),
    ...(wanted.bytes === undefined || bytes.length >= wanted.bytes.atLeast ? [] : [`body: ${bytes.length} bytes, expected ${wanted.bytes.atLeast}`]),
  ];
  expect(found).toEqual([]);
}

/** Every event has one `data:` line and nothing else, and ends in an empty line. */
function eventsIn(text: string): readonly string[] {
  expect(text.endsWith('\n\n')).toBe(true);
  return text.slice(0, -2).split('\n\n').map((event) => {
    expect(event).toMatch(/^data: [^\n]+$/);
    return event.slice('data: '.length);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return `not JSON: ${text.slice(0, 80)}`;
  }
}

describe('an answer on the wire', () => {
  it.each(exchanges.filter((fixture) => fixture.while === undefined))('$title', async ({ request, response }) => check(response, await send(request)));
});

describe('an answer that fails half-way', () => {
  it.each(exchanges.filter((fixture) => fixture.while === 'an operator cancels it'))('$title', async ({ request, response }) => {
    const id = 'cancelled-half-way';
    const cancelled = Promise.withResolvers<Given>();
    const answer = await send({ ...request, headers: { ...request.headers, 'x-request-id': id } }, () => { send({ method: 'DELETE', path: `/api/v1/requests/${id}` }).then(cancelled.resolve, cancelled.reject); });
    check({ status: 202, body: { id, cancelled: true } }, await cancelled.promise);
    check(response, answer);
  });
});

describe('a conversation in a WebSocket', () => {
  it.each(all.flatMap(({ title, fixture }) => ('socket' in fixture ? [{ title, ...fixture }] : [])))('$title', async ({ socket: path, sent, received, closeCode }) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`);
    const messages: unknown[] = [];
    socket.on('message', (data: Buffer) => messages.push(jsonOf(data.toString())));
    const code = new Promise<number>((resolve, reject) => { socket.once('close', resolve).once('error', reject); });
    socket.once('open', () => sent.forEach((message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))));
    expect(await code).toBe(closeCode);
    expect(differences(received, messages)).toEqual([]);
  });
});

describe('a failure inside', () => {
  it.each(all.flatMap(({ title, dialect, fixture }) => ('failure' in fixture ? [{ title, dialect, ...fixture }] : [])))('$title', async ({ dialect, failure, response }) => {
    const own = dialects[dialect];
    const app = await createApp({
      server: loadConfig({ environment: {} }).config.server,
      metrics: createMetrics(),
      log: createSilentLogger(),
      closeAtOnce: AbortSignal.abort(),
      routes: [(given) => { given.get('/', own === undefined ? {} : { config: { dialect: own } }, async () => { throw new AntiphonError(failure, 'It did not work.'); }); }],
    });
    const { statusCode, headers, rawPayload } = await app.inject('/');
    await app.close();
    check(response, { status: statusCode, headers: headers as IncomingHttpHeaders, bytes: rawPayload });
  });
});

describe('a server that has more to say than it may hold', () => {
  const long: OpenSpeech[] = [];
  beforeAll(async () => {
    await until('nobody speaks', async () => (await queueOf(server.url)).requests.length === 0);
    for (const listeners of [1, 2]) {
      long.push(openSpeech(server.url, { input: longText(50) }));
      await until('it is taken', async () => (await queueOf(server.url)).requests.length === listeners);
    }
    await until('the queue is full', async () => (await queueOf(server.url)).waiting_sentences >= 2);
  });
  afterAll(() => long.forEach(({ leave }) => leave()));

  it.each(exchanges.filter((fixture) => fixture.while === 'the queue is full'))('$title', async ({ request, response }) => check(response, await send(request)));
});

describe('a fixture', () => {
  it.each([
    ['another value', { code: 'a' }, { code: 'b' }, '$.code: expected "a", got "b"'],
    ['a key too many', { code: 'a' }, { code: 'a', hint: 1 }, '$.hint: not in the fixture, got 1'],
    ['a key too few', { code: 'a', param: null }, { code: 'a' }, '$.param: missing, expected null'],
    ['another type', { n: '<number>' }, { n: '1' }, '$.n: expected "<number>", got "1"'],
    ['an odd item', { '<each>': { id: '<string>' } }, [{ id: 'a' }, { id: 2 }], '$[1].id: expected "<string>", got 2'],
    ['no item', { '<each>': '<string>' }, [], '$: expected at least one item, got []'],
    ['an item that is not among them', { '<each>': '<string>', '<some>': ['b'] }, ['a'], '$: no item is "b"'],
    ['an event too many', [{ '<many>': 1 }, 2], [1, 1, 2, 2], '$[3]: more than the fixture has, got 2'],
    ['an event too few', [{ '<many>': 1 }, 2], [1, 1], '$[2]: missing, expected 2'],
  ] satisfies readonly (readonly [string, Shape, unknown, string])[])('notices %s', (_name, shape, value, difference) => {
    expect(differences(shape, value)).toEqual([difference]);
  });

  it('takes what it allows for', () => {
    const shape: Shape = { id: '<request id>', 'accent?': '<string>', list: [{ '<many>': '<positive number>' }, null], map: { '<record>': '<string|null>' }, kind: { '<one of>': ['a', { b: 1 }] } };
    expect(differences(shape, { id: `req_${'0'.repeat(24)}`, list: [1, 2, null], map: { x: null, y: 'z' }, kind: { b: 1 } })).toEqual([]);
  });
});
