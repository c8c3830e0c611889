/**
 * The suite that every provider's adapter passes: what engines/providers/provider.ts promises, against a server that
 * really listens and misbehaves. What a vendor's answers look like is told apart from it, by fixtures.
 */
import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMisbehavingProvider, type MisbehavingProvider, type Misbehaviour } from '../../../test/support/misbehaving-provider.ts';
import type { ProviderRoute } from '../../../test/support/provider-protocols.ts';
import { AntiphonError } from '../../errors.ts';
import type { Provider, ProviderSettings, ProviderType } from '../providers/provider.ts';
import { calls, contractOf, joinedOf, secret } from './provider-calls.ts';

export type ProviderKitOptions = {
  readonly type: ProviderType;
  readonly create: (settings: ProviderSettings) => Provider;
  /** The header in which the protocol sends its key, and how it is written. */
  readonly keyHeader: { readonly name: string; readonly value: (key: string) => string };
};

const key = 'sk-kit-0123456789abcdefghij';
/** Whose answers come in pieces, and so may break off in the middle. */
const streamed: readonly ProviderRoute[] = ['speech', 'chat'];

export function describeProvider(options: ProviderKitOptions): void {
  describe(`${options.type} as a provider`, () => {
    let server: MisbehavingProvider;
    beforeAll(async () => { server = await startMisbehavingProvider({ keys: [key] }); });
    beforeEach(() => { server.forget(); });
    afterAll(() => server.stop());

    const scene: Scene = {
      options,
      server: () => server,
      provider: (more) => options.create({ id: 'somebody', type: options.type, baseUrl: server.baseUrl(options.type), key: async () => key, answerTimeoutMs: 20_000, stallTimeoutMs: 20_000, fetch, ...more }),
      kinds: kindsOf(options.create({ id: 'somebody', type: options.type, baseUrl: 'http://127.0.0.1/v1', key: async () => undefined, answerTimeoutMs: 1, stallTimeoutMs: 1, fetch })),
    };
    describeAnswers(scene);
    describeFailures(scene);
    describeKey(scene);
    describeLeaving(scene);
  });
}

type Scene = {
  readonly options: ProviderKitOptions;
  readonly server: () => MisbehavingProvider;
  readonly provider: (more?: Partial<ProviderSettings>) => Provider;
  readonly kinds: readonly ProviderRoute[];
};

function kindsOf(provider: Provider): readonly ProviderRoute[] {
  return [...(['speech', 'transcription', 'chat', 'embeddings'] as const).filter((kind) => provider[kind] !== undefined), 'check'];
}

function describeAnswers({ options, server, provider, kinds }: Scene): void {
  it('says what it was configured as', () => {
    expect(provider()).toMatchObject({ id: 'somebody', type: options.type });
  });

  it.each(kinds)('answers %s by the contract of its kind, with one request', async (kind) => {
    contractOf[kind](await outcome(provider(), kind), provider());
    expect(server().requests.map(({ route }) => route)).toEqual([kind]);
  });

  it.each(kinds)('answers %s the same when its body comes in the smallest pieces', async (kind) => {
    Object.assign(server().content, { speechSeconds: 0.02, chatTokens: ['Grüße', ' 👋'] });
    const whole = await outcome(provider(), kind);
    server().script({ kind: 'drip', bytes: 1, intervalMs: 0 });
    expect(joinedOf(await outcome(provider(), kind))).toEqual(joinedOf(whole));
  });

  it.each(kinds)('serves many requests of %s at once', async (kind) => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcome(provider(), kind)));
    for (const one of outcomes) contractOf[kind](one, provider());
    expect(server().requests).toHaveLength(8);
  });
}

type Expected = Partial<Pick<AntiphonError, 'code' | 'retryAfterSeconds'>>;

const failures: readonly (readonly [string, Misbehaviour, Expected])[] = [
  ['it closes the connection instead of answering', { kind: 'cut_before_head' }, { code: 'provider_unreachable' }],
  ['half of the promised body comes', { kind: 'half_body' }, { code: 'provider_unreachable' }],
  ['the body has no end', { kind: 'half_body', framing: 'chunked' }, { code: 'provider_unreachable' }],
  ['it fails', { kind: 'status', status: 500 }, { code: 'provider_failed' }],
  ['a gateway fails', { kind: 'status', status: 502, body: 'Bad Gateway', contentType: 'text/plain' }, { code: 'provider_failed' }],
  ['it is overloaded and says until when', { kind: 'status', status: 503, headers: { 'retry-after': '7' } }, { code: 'provider_failed', retryAfterSeconds: 7 }],
  ['it is overloaded in Anthropic’s own way', { kind: 'status', status: 529 }, { code: 'provider_failed' }],
  ['it gave up waiting', { kind: 'status', status: 408 }, { code: 'provider_failed' }],
  ['a limit of requests is reached', { kind: 'limited', retryAfterSeconds: 2 }, { code: 'provider_limited', retryAfterSeconds: 2 }],
  ['a limit is reached without a time', { kind: 'limited' }, { code: 'provider_limited', retryAfterSeconds: undefined }],
  ['a quota is used up', { kind: 'limited', quota: true }, { code: 'provider_limited' }],
  ['the key was revoked', { kind: 'key_refused' }, { code: 'provider_key_refused' }],
  ['the key may not do this', { kind: 'status', status: 403 }, { code: 'provider_key_refused' }],
  ['it finds the request at fault', { kind: 'status', status: 400 }, { code: 'provider_rejected' }],
  ['it cannot process the request', { kind: 'status', status: 422 }, { code: 'provider_rejected' }],
  ['it has no such model', { kind: 'status', status: 404 }, { code: 'provider_rejected' }],
  ['the request is too large', { kind: 'status', status: 413 }, { code: 'provider_rejected' }],
  ['the path is none of its', { kind: 'status', status: 404, body: '404 page not found', contentType: 'text/plain' }, { code: 'provider_failed' }],
  ['it finds the request at fault in words that nobody reads to their end', { kind: 'status', status: 422, body: `{"detail": "${'x'.repeat(200_000)}"}` }, { code: 'provider_rejected' }],
  ['a web page comes', { kind: 'html' }, { code: 'provider_failed' }],
  ['a web page finds the request at fault', { kind: 'html', status: 400 }, { code: 'provider_failed' }],
  ['a web page says that nothing is there', { kind: 'html', status: 404 }, { code: 'provider_failed' }],
  ['another type of content comes', { kind: 'content_type', contentType: 'image/png' }, { code: 'provider_failed' }],
  ['the answer is valid and empty', { kind: 'empty' }, { code: 'provider_failed' }],
  ['a redirect comes', { kind: 'redirect' }, { code: 'provider_failed' }],
  ['a redirect comes for good', { kind: 'redirect', status: 301 }, { code: 'provider_failed' }],
];

function describeFailures({ server, provider, kinds }: Scene): void {
  const each = failures.flatMap(([what, behaviour, expected]) => kinds.map((kind) => ({ what, kind, behaviour, expected })));

  it.each(each)('$kind: where $what, it is told as $expected.code after one attempt', async ({ kind, behaviour, expected }) => {
    server().script(behaviour);
    const error = await failureOf(provider(), kind);
    expect(error).toMatchObject(expected);
    expectDiscreet(error);
    expect(server().requests).toHaveLength(1);
    expect(server().elsewhere).toHaveLength(0);
    await expectNothingOpen(server());
  });

  it('reads no more of an answer than any can have', async () => {
    server().script({ kind: 'bytes', contentType: 'application/json', pieces: Array.from({ length: 9 }, () => new Uint8Array(1_048_576).fill(32)) });
    expect(await failureOf(provider(), 'check')).toMatchObject({ code: 'provider_failed', message: expect.stringContaining('more than 8 MiB') as string });
    await expectNothingOpen(server());
  });

  it.each(kinds)('%s: a date says when to ask again', async (kind) => {
    server().script({ kind: 'limited', retryAfterDate: new Date(Date.now() + 90_000) });
    const { retryAfterSeconds } = await failureOf(provider(), kind);
    // Dates have whole seconds.
    expect(retryAfterSeconds).toBeGreaterThan(80);
    expect(retryAfterSeconds).toBeLessThanOrEqual(90);
  });

  it.each(kinds)('%s: an answer that does not begin has a limit', async (kind) => {
    server().script({ kind: 'hang_before_head' });
    expect(await failureOf(provider({ answerTimeoutMs: 60 }), kind)).toMatchObject({ code: 'provider_timeout' });
    await expectNothingOpen(server());
  });

  it.each(kinds)('%s: an answer that does not go on has a limit', async (kind) => {
    server().script({ kind: 'hang_in_body' });
    expect(await failureOf(provider({ stallTimeoutMs: 60 }), kind)).toMatchObject({ code: 'provider_timeout' });
    expect(await server().requests[0]!.ended).toBe('left');
  });

  it.each(kinds)('%s: an error that does not end is understood by its status', async (kind) => {
    const error = { kind: 'bytes', status: 500, contentType: 'application/json', hangs: true } as const;
    server().script({ ...error, pieces: [new Uint8Array(70_000).fill(32)] }, { ...error, pieces: [new Uint8Array(10)] });
    // The first is left for its length, however much time there is; the second for its time.
    expect(await failureOf(provider({ answerTimeoutMs: 600_000 }), kind)).toMatchObject({ code: 'provider_failed' });
    expect(await failureOf(provider({ answerTimeoutMs: 300 }), kind)).toMatchObject({ code: expect.stringMatching(/^provider_(failed|timeout)$/) as string });
    await expectNothingOpen(server());
  });

  it.each(kinds)('%s: a server that died is out of reach, and serves when it is back', async (kind) => {
    await server().die();
    expect(await failureOf(provider(), kind)).toMatchObject({ code: 'provider_unreachable' });
    await server().comeBack();
    contractOf[kind](await outcome(provider(), kind), provider());
  });

  it('keeps what a vendor says of the request out of sight where it quotes the request', async () => {
    const kind = kinds.find((one) => one === 'chat' || one === 'speech')!;
    server().script({ kind: 'status', status: 400, message: `Cannot take "${secret.slice(4, 40)}".` }, { kind: 'status', status: 400, message: `Use another key than ${key}; max_tokens is too large.` });
    expect((await failureOf(provider(), kind)).message).toBe('The provider somebody found the request at fault.');
    const said = (await failureOf(provider(), kind)).message;
    expect(said).toContain('max_tokens is too large');
    expect(said).not.toContain(key);
  });
}

function describeKey({ options, server, provider, kinds }: Scene): void {
  it.each(kinds)('%s: the key goes in the protocol’s own header and nowhere else', async (kind) => {
    await outcome(provider(), kind);
    const { headers, path, json } = server().requests[0]!;
    const { name, value } = options.keyHeader;
    expect(headers[name]).toBe(value(key));
    expect(JSON.stringify({ ...headers, [name]: undefined, path, json })).not.toContain(key);
  });

  it.each(kinds)('%s: no key is sent where none is configured, and a server that asks for one is understood', async (kind) => {
    const keyless = provider({ key: async () => undefined });
    expect(await failureOf(keyless, kind)).toMatchObject({ code: 'provider_key_refused', message: expect.stringContaining('none is configured') as string });
    server().acceptKeys(undefined);
    contractOf[kind](await outcome(keyless, kind), keyless);
    server().acceptKeys([key]);
    for (const { headers } of server().requests) expect(headers[options.keyHeader.name]).toBeUndefined();
  });

  it('asks for the key at every request, so that a rotated one is used at once', async () => {
    const keys = ['revoked-key', key];
    const rotating = provider({ key: async () => keys.shift() });
    expect(await failureOf(rotating, 'check')).toMatchObject({ code: 'provider_key_refused' });
    contractOf.check(await outcome(rotating, 'check'), rotating);
  });

  it('never quotes a key that no header can hold', async () => {
    const error = await failureOf(provider({ key: async () => `${key}\nx: y` }), 'check');
    expect(error).toMatchObject({ code: 'provider_key_refused' });
    expectDiscreet(error);
    expect(server().requests).toHaveLength(0);
  });

  it('is told as a key’s failure where the key cannot be read', async () => {
    const error = await failureOf(provider({ key: async () => { throw new Error(`ENOENT: ${key}`); } }), 'check');
    expect(error).toMatchObject({ code: 'provider_key_refused' });
    expectDiscreet(error);
  });
}

function describeLeaving({ server, provider, kinds }: Scene): void {
  it.each(kinds)('%s: nobody is asked when the signal is aborted already', async (kind) => {
    const reason = new Error('left before the start');
    expect(await outcome(provider(), kind, AbortSignal.abort(reason)).catch((thrown: unknown) => thrown)).toBe(reason);
    expect(server().requests).toHaveLength(0);
  });

  it.each(kinds)('%s: an abort while the answer is awaited closes the connection, with the signal’s reason', async (kind) => {
    server().script({ kind: 'hang_before_head' });
    const controller = new AbortController();
    const asked = outcome(provider(), kind, controller.signal).catch((thrown: unknown) => thrown);
    const request = await arrived(server());
    const reason = new Error('left while waiting');
    controller.abort(reason);
    expect(await asked).toBe(reason);
    expect(await request.ended).toBe('left');
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it.each(kinds)('%s: an abort in the middle of the body closes the connection, with the signal’s reason', async (kind) => {
    server().script({ kind: 'hang_in_body' });
    const controller = new AbortController();
    const asked = outcome(provider(), kind, controller.signal).catch((thrown: unknown) => thrown);
    const request = await arrived(server());
    const reason = new Error('left in the middle');
    setTimeout(() => controller.abort(reason), 20);
    expect(await asked).toBe(reason);
    expect(await request.ended).toBe('left');
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it.each(kinds)('%s: limit and abort hold whatever the transport does with its signal', async (kind) => {
    const deaf = { fetch: () => new Promise<never>(() => {}) };
    expect(await failureOf(provider({ ...deaf, answerTimeoutMs: 20 }), kind)).toMatchObject({ code: 'provider_timeout' });
    const controller = new AbortController();
    const reason = new Error('left for good');
    const asked = outcome(provider(deaf), kind, controller.signal).catch((thrown: unknown) => thrown);
    controller.abort(reason);
    expect(await asked).toBe(reason);
  });

  it.each(kinds)('%s: an abort is honoured while the key is being read', async (kind) => {
    const controller = new AbortController();
    const reason = new Error('left for want of a key');
    const asked = outcome(provider({ key: () => new Promise(() => {}) }), kind, controller.signal).catch((thrown: unknown) => thrown);
    controller.abort(reason);
    expect(await asked).toBe(reason);
    expect(server().requests).toHaveLength(0);
  });

  it.each(kinds)('%s: leaves no listener on the signal and no connection open, whether it went well or not', async (kind) => {
    const { signal } = new AbortController();
    server().script({ kind: 'ok' }, { kind: 'half_body' }, { kind: 'status', status: 500 }, { kind: 'html' });
    for (let round = 0; round < 4; round++) await outcome(provider(), kind, signal).catch(() => {});
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await expectNothingOpen(server());
  });

  it.each(kinds.filter((kind) => streamed.includes(kind)))('%s: gives what it has while the rest is still to come, and who stops reading closes the connection', async (kind) => {
    server().script({ kind: 'hang_in_body' });
    const { signal } = new AbortController();
    for await (const item of calls[kind](provider(), signal) as AsyncIterable<unknown>) {
      expect(item).toBeDefined();
      break;
    }
    expect(await server().requests[0]!.ended).toBe('left');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it.each(kinds.filter((kind) => streamed.includes(kind)))('%s: gives what arrived before the answer broke off', async (kind) => {
    server().script({ kind: 'half_body' });
    const given: unknown[] = [];
    const call = calls[kind](provider(), new AbortController().signal) as AsyncIterable<unknown>;
    await expect((async () => { for await (const item of call) given.push(item); })()).rejects.toMatchObject({ code: 'provider_unreachable' });
    expect(given.length).toBeGreaterThan(0);
    expect(given).not.toContainEqual(expect.objectContaining({ type: 'chat.end' }));
  });

  it('is not held up by a server that leaves its stream open behind the last event', async () => {
    if (!kinds.includes('chat')) return;
    server().script({ kind: 'hang_in_body', afterBytes: 1_000_000 });
    contractOf.chat(await outcome(provider(), 'chat'), provider());
    expect(await server().requests[0]!.ended).toBe('left');
  });
}

async function outcome(provider: Provider, kind: ProviderRoute, signal: AbortSignal = new AbortController().signal): Promise<unknown> {
  const called = calls[kind](provider, signal);
  return Symbol.asyncIterator in called ? Array.fromAsync(called) : called;
}

async function failureOf(provider: Provider, kind: ProviderRoute): Promise<AntiphonError> {
  const thrown = await outcome(provider, kind).then((value) => { throw new Error(`It was answered: ${inspect(value)}`); }, (error: unknown) => error);
  if (!(thrown instanceof AntiphonError)) throw thrown;
  return thrown;
}

/** Neither key nor text, in the message, the stack or any cause; and the provider by its name. */
function expectDiscreet(error: AntiphonError): void {
  const everything = `${inspect(error, { depth: 10, showHidden: true })} ${error.stack}`;
  expect(everything).not.toContain(key);
  for (let at = 0; at + 12 <= secret.length; at += 4) expect(everything).not.toContain(secret.slice(at, at + 12));
  expect(error.message).toContain('somebody');
}

async function arrived(server: MisbehavingProvider): Promise<MisbehavingProvider['requests'][number]> {
  await expect.poll(() => server.requests.length).toBe(1);
  return server.requests[0]!;
}

async function expectNothingOpen(server: MisbehavingProvider): Promise<void> {
  await expect.poll(() => server.openAnswers()).toBe(0);
}
