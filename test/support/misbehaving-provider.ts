/**
 * A provider on this machine that really listens, speaks the three protocols, and misbehaves on demand: hangs, breaks
 * off, answers nonsense, refuses keys, redirects, dies and comes back. For tests and benches of what calls providers.
 *
 *     await using provider = await startMisbehavingProvider({ keys: ['good-key'] });
 *     provider.script({ kind: 'limited', retryAfterSeconds: 2 }, { kind: 'half_body', route: 'speech' });
 *     const settings = { baseUrl: provider.baseUrl('openai'), … };
 *
 * Each request takes the first scripted behaviour that is for its route; when none is left, `otherwise` holds.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultContent, healthyAnswer, joined, routeOf, vendorError, type HealthyAnswer, type Protocol, type ProviderContent, type ProviderRoute } from './provider-protocols.ts';

export type Misbehaviour = {
  /** Only a request of this kind takes it. */
  readonly route?: ProviderRoute;
  /** Waits so long before anything else. */
  readonly latencyMs?: number;
} & (
  | { readonly kind: 'ok' }
  /** Takes the request and never says a word. */
  | { readonly kind: 'hang_before_head' }
  /** Falls silent in the middle of the body, or after so many bytes. */
  | { readonly kind: 'hang_in_body'; readonly afterBytes?: number }
  /** Closes the connection instead of answering. */
  | { readonly kind: 'cut_before_head' }
  /** Half of the body, then the connection closes: the head promised its length, or (`chunked`) the end is missing. */
  | { readonly kind: 'half_body'; readonly framing?: 'length' | 'chunked' }
  /** The body so many bytes at a time. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly intervalMs: number }
  /** Any status, with an error in the protocol's own shape, or `body`. */
  | { readonly kind: 'status'; readonly status: number; readonly code?: string; readonly message?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly contentType?: string }
  /** 429, with Retry-After as seconds or as a date; `quota`: with the vendor's word for a quota that is used up. */
  | { readonly kind: 'limited'; readonly retryAfterSeconds?: number; readonly retryAfterDate?: Date; readonly quota?: boolean }
  /** 401, as when the key was revoked since the last request. */
  | { readonly kind: 'key_refused' }
  /** A page for people where an answer was due. Status 200 unless told. */
  | { readonly kind: 'html'; readonly status?: number }
  /** A good body that is called something else. */
  | { readonly kind: 'content_type'; readonly contentType: string }
  /** Valid in the protocol, and yet nothing: no choices, no sound, no text. */
  | { readonly kind: 'empty' }
  /** To another server, which answers everything with 200 and keeps what arrives in `elsewhere`. Status 307 unless told. */
  | { readonly kind: 'redirect'; readonly status?: number }
  /** Exactly these bytes (recorded answers), in the given pieces; `hangs`: and then nothing, not even the end. */
  | { readonly kind: 'bytes'; readonly contentType: string; readonly pieces: readonly Uint8Array[]; readonly status?: number; readonly hangs?: boolean }
);

export type ReceivedRequest = {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly protocol: Protocol | undefined;
  readonly route: ProviderRoute | undefined;
  readonly headers: IncomingHttpHeaders;
  /** The key in whichever header its protocol has for it. */
  readonly key: string | undefined;
  /** The body as an object; empty where it is none. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly form: FormData | undefined;
  /** `left`: the connection closed before the answer was complete, by whomever. */
  readonly ended: Promise<'answered' | 'left'>;
};

export type MisbehavingProvider = AsyncDisposable & {
  /** `http://127.0.0.1:43211` */
  readonly url: string;
  /** What to configure for a protocol, without a slash at its end. */
  readonly baseUrl: (protocol: Protocol) => string;
  /** In order of arrival, since the start or `forget`. */
  readonly requests: readonly ReceivedRequest[];
  /** What arrived at the server that redirects lead to. */
  readonly elsewhere: readonly ReceivedRequest[];
  /** What the coming requests meet, one each, after those that are scripted already. */
  readonly script: (...behaviours: readonly Misbehaviour[]) => void;
  /** What requests meet for which nothing is scripted. `{ kind: 'ok' }` at the start. */
  readonly otherwise: (behaviour: Misbehaviour) => void;
  /** Keys that are accepted from now on; undefined: any, and none. */
  readonly acceptKeys: (keys: readonly string[] | undefined) => void;
  /** What it says when it answers; may be changed at any time. */
  readonly content: ProviderContent;
  /** Answers that are not complete yet. */
  readonly openAnswers: () => number;
  /** Forgets requests, script and content, as after the start. Keys stay. */
  readonly forget: () => void;
  /** Every connection breaks, and new ones are refused. */
  readonly die: () => Promise<void>;
  /** On the same port. */
  readonly comeBack: () => Promise<void>;
  /** Idempotent. */
  readonly stop: () => Promise<void>;
};

export type MisbehavingProviderOptions = { readonly port?: number; readonly keys?: readonly string[]; readonly content?: Partial<ProviderContent> };

type State = {
  readonly received: ReceivedRequest[];
  readonly elsewhere: ReceivedRequest[];
  readonly open: Set<ServerResponse>;
  readonly content: ProviderContent;
  script: Misbehaviour[];
  otherwise: Misbehaviour;
  keys: readonly string[] | undefined;
  elsewhereUrl: string;
};

export async function startMisbehavingProvider({ port = 0, keys, content = {} }: MisbehavingProviderOptions = {}): Promise<MisbehavingProvider> {
  const initial = { ...defaultContent, ...content };
  const state: State = { received: [], elsewhere: [], open: new Set(), content: { ...initial }, script: [], otherwise: { kind: 'ok' }, keys, elsewhereUrl: '' };
  const server = createServer((request, response) => void receive(request, response, state));
  const stranger = createServer((request, response) => void receiveElsewhere(request, response, state));
  state.elsewhereUrl = await listen(stranger, 0);
  const url = await listen(server, port);
  const ownPort = (server.address() as AddressInfo).port;

  async function stop(): Promise<void> {
    await Promise.all([close(server), close(stranger)]);
  }

  return {
    url,
    baseUrl: (protocol) => `${url}/${protocol}/v1`,
    requests: state.received,
    elsewhere: state.elsewhere,
    script: (...behaviours) => { state.script.push(...behaviours); },
    otherwise: (behaviour) => { state.otherwise = behaviour; },
    acceptKeys: (accepted) => { state.keys = accepted; },
    content: state.content,
    openAnswers: () => state.open.size,
    forget() {
      state.received.length = 0;
      state.elsewhere.length = 0;
      state.script = [];
      state.otherwise = { kind: 'ok' };
      Object.assign(state.content, initial);
    },
    die: () => close(server),
    comeBack: async () => { await listen(server, ownPort); },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function receive(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const place = routeOf(request.method ?? '', request.url ?? '');
  state.open.add(response);
  response.once('close', () => state.open.delete(response));
  try {
    const received = await read(request, response);
    state.received.push(received);
    const behaviour = take(state, place?.route);
    if (behaviour.latencyMs !== undefined) await delay(behaviour.latencyMs);
    const protocol = place?.protocol ?? 'openai';
    if (place === undefined) return send(response, { status: 404, contentType: 'application/json', bytes: Buffer.from(vendorError(protocol, { status: 404, code: 'not_found', message: 'No such route.' })) });
    if (state.keys !== undefined && (received.key === undefined || !state.keys.includes(received.key))) return refuseKey(response, protocol);
    const healthy = await healthyAnswer({ ...place, json: received.json, form: received.form }, state.content);
    await behave(behaviour, { response, protocol, healthy, elsewhereUrl: state.elsewhereUrl });
  } catch {
    // Whoever asked has left, or his body was no body: nothing to tell him.
    response.destroy();
  }
}

function take(state: State, route: ProviderRoute | undefined): Misbehaviour {
  const index = state.script.findIndex((scripted) => scripted.route === undefined || scripted.route === route);
  return index === -1 ? state.otherwise : state.script.splice(index, 1)[0]!;
}

async function receiveElsewhere(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  state.elsewhere.push(await read(request, response));
  send(response, { status: 200, contentType: 'application/json', bytes: Buffer.from('{}') });
}

async function read(request: IncomingMessage, response: ServerResponse): Promise<ReceivedRequest> {
  const ended = new Promise<'answered' | 'left'>((resolve) => { response.once('close', () => resolve(response.writableFinished ? 'answered' : 'left')); });
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  const contentType = request.headers['content-type'] ?? '';
  const body = joined(parts);
  const isForm = contentType.startsWith('multipart/form-data');
  const { authorization } = request.headers;
  const key = request.headers['xi-api-key'] ?? request.headers['x-api-key'] ?? authorization?.replace(/^Bearer /, '');
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    protocol: undefined,
    route: undefined,
    ...routeOf(request.method ?? '', request.url ?? ''),
    headers: request.headers,
    key: Array.isArray(key) ? key[0] : key,
    json: contentType.startsWith('application/json') ? (JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>) : {},
    form: isForm ? await new Response(body, { headers: { 'content-type': contentType } }).formData() : undefined,
    ended,
  };
}

type Scene = { readonly response: ServerResponse; readonly protocol: Protocol; readonly healthy: HealthyAnswer; readonly elsewhereUrl: string };

async function behave(behaviour: Misbehaviour, { response, protocol, healthy, elsewhereUrl }: Scene): Promise<void> {
  const bytes = joined(healthy.pieces.map((piece) => piece.bytes));
  const { contentType } = healthy;
  switch (behaviour.kind) {
    case 'ok':
      if (!healthy.streams) return send(response, { status: 200, contentType, bytes });
      response.writeHead(200, { 'content-type': contentType });
      for (const piece of healthy.pieces) await write(response, piece.bytes, piece.waitMs);
      return void response.end();
    case 'hang_before_head': return;
    case 'hang_in_body':
      response.writeHead(200, { 'content-type': contentType });
      return write(response, bytes.subarray(0, behaviour.afterBytes ?? Math.ceil(bytes.length / 2)), 0);
    case 'cut_before_head': return void response.destroy();
    case 'half_body':
      response.writeHead(200, { 'content-type': contentType, ...(behaviour.framing === 'chunked' ? {} : { 'content-length': bytes.length }) });
      await write(response, bytes.subarray(0, Math.ceil(bytes.length / 2)), 0);
      return void response.destroy();
    case 'drip':
      response.writeHead(200, { 'content-type': contentType });
      for (let at = 0; at < bytes.length; at += behaviour.bytes) await write(response, bytes.subarray(at, at + behaviour.bytes), at === 0 ? 0 : behaviour.intervalMs);
      return void response.end();
    case 'status': {
      const { status, code = 'scripted', message = 'A scripted failure.', headers = {} } = behaviour;
      return send(response, { status, headers, contentType: behaviour.contentType ?? 'application/json', bytes: Buffer.from(behaviour.body ?? vendorError(protocol, { status, code, message })) });
    }
    case 'limited': {
      const retryAfter = behaviour.retryAfterDate?.toUTCString() ?? behaviour.retryAfterSeconds?.toString();
      const code = behaviour.quota === true ? (protocol === 'openai' ? 'insufficient_quota' : 'quota_exceeded') : 'rate_limit_exceeded';
      return send(response, { status: 429, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter }, contentType: 'application/json', bytes: Buffer.from(vendorError(protocol, { status: 429, code, message: 'Too much was asked.' })) });
    }
    case 'key_refused': return refuseKey(response, protocol);
    case 'html': return send(response, { status: behaviour.status ?? 200, contentType: 'text/html; charset=utf-8', bytes: Buffer.from('<!doctype html><title>Welcome</title><h1>It works</h1>') });
    case 'content_type': return send(response, { status: 200, contentType: behaviour.contentType, bytes });
    case 'empty': return send(response, { status: 200, contentType, bytes: healthy.empty });
    case 'redirect': return send(response, { status: behaviour.status ?? 307, headers: { location: `${elsewhereUrl}/stolen` }, contentType: 'text/plain', bytes: Buffer.from('It is elsewhere.') });
    case 'bytes':
      response.writeHead(behaviour.status ?? 200, { 'content-type': behaviour.contentType });
      for (const piece of behaviour.pieces) await write(response, piece, 1);
      return behaviour.hangs === true ? undefined : void response.end();
  }
}

function refuseKey(response: ServerResponse, protocol: Protocol): void {
  const code = protocol === 'anthropic' ? 'authentication_error' : 'invalid_api_key';
  send(response, { status: 401, contentType: 'application/json', bytes: Buffer.from(vendorError(protocol, { status: 401, code, message: 'Incorrect API key provided.' })) });
}

function send(response: ServerResponse, { status, headers = {}, contentType, bytes }: { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly contentType: string; readonly bytes: Uint8Array }): void {
  response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': bytes.length });
  response.end(bytes);
}

/** Resolves when the bytes have left this process; rejects where nobody is there to read them. */
async function write(response: ServerResponse, bytes: Uint8Array, waitMs: number): Promise<void> {
  if (waitMs > 0) await delay(waitMs);
  if (bytes.length === 0) return;
  await new Promise<void>((resolve, reject) => {
    response.once('close', reject);
    response.write(bytes, (error) => {
      response.off('close', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}
