/** WebSockets on the main port: which path leads where, who may open one, and how one ends that its client has forgotten. */
import type { FastifyInstance } from 'fastify';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { localCaller, type Caller, type LaneId } from '../caller.ts';
import type { Config } from '../config/schema.ts';
import { AntiphonError, errorTable, toAntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { continueTrace, type TraceContext } from '../telemetry/trace-context.ts';
import type { WorkAction } from '../usage.ts';
import type { LimitAnswer } from '../access/limits/request-limits.ts';
import { credentialOf, isKeyProtocol, withoutCredential } from './credential.ts';
import { openAiDialect, type Dialect } from './dialect.ts';
import type { AdmitVisitor, Visitor } from './door.ts';
import { holdSocket } from './first-message.ts';
import { checkHost, checkOrigin } from './host-check.ts';
import { requestIdFrom } from './request-context.ts';
import type { SwitchGate } from '../operations/switches/switch-gate.ts';
import { gatedRequest, routeRules } from './route-rules.ts';

export type WebSocketContext = {
  readonly requestId: string;
  readonly trace: TraceContext;
  readonly caller: Caller;
  /** Named parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Aborted when the connection is gone. */
  readonly signal: AbortSignal;
  /** Counts a failure, and logs one that the client is not to blame for. */
  readonly report: (error: AntiphonError) => void;
};

export type WebSocketRoute = {
  /** `/v1/text-to-speech/:voice_id/stream-input` */
  readonly path: string;
  /** Takes over a socket that is open. Never throws: what goes wrong is said in the socket, in its vendor's words. */
  readonly open: (socket: WebSocket, context: WebSocketContext) => void;
  /** In whose words it is refused before it is open. Default: OpenAI's. */
  readonly dialect?: Dialect;
  /** Where this vendor's clients may send their key with the first message instead. */
  readonly firstMessage?: {
    readonly keyOf: (data: RawData) => string | undefined;
    /** Says in the open socket why it is closed. */
    readonly refuse: (socket: WebSocket, error: AntiphonError) => void;
  };
};

type OpenOptions = { readonly route: WebSocketRoute; readonly request: IncomingMessage; readonly caller: Caller; readonly params: Readonly<Record<string, string>>; readonly query: URLSearchParams };

export type WebSocketOptions = {
  readonly routes: readonly WebSocketRoute[];
  /** Finds out who asks. Default: the owner of this machine. */
  readonly door?: AdmitVisitor;
  /** Nobody is served without a key: whose clients send it late is waited for. */
  readonly needsKey?: boolean;
  readonly limit?: (caller: Caller, action: WorkAction) => LimitAnswer | undefined;
  /** Rejects with switched_off what an operator has switched off. */
  readonly gate?: SwitchGate;
  /** Throws queue_full where a lane has no room for more of that work. */
  readonly admit?: (action: WorkAction, lane: LaneId) => void;
  readonly server: Config['server'];
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Aborted when a closing server shall wait no longer. */
  readonly closeAtOnce: AbortSignal;
};

/** A client that answers no ping for this long has gone without a word. */
const heartbeatMs = 30_000;
/** Close codes of RFC 6455 section 7.4.1. */
const goingAway = 1001;

export function registerWebSockets(app: FastifyInstance, { routes, door, needsKey = false, limit, gate, admit, server, metrics, log, closeAtOnce }: WebSocketOptions): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: server.maxBodyBytes, perMessageDeflate: false, clientTracking: true, handleProtocols: (offered) => [...offered].find((one) => !isKeyProtocol(one)) ?? false });
  const forgotten = routes.find(({ path }) => routeRules[`WS ${path}`] === undefined);
  if (forgotten !== undefined) throw new Error(`WS ${forgotten.path} has no rule in http/route-rules.ts.`);
  const patterns = routes.map((route) => ({ route, pattern: toPattern(route.path) }));
  const alive = new WeakSet<WebSocket>();

  const heartbeat = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!alive.has(socket)) socket.terminate();
      alive.delete(socket);
      socket.ping();
    }
  }, heartbeatMs);
  heartbeat.unref();

  app.server.on('upgrade', (request, duplex, head) => {
    duplex.on('error', () => duplex.destroy());
    let route: WebSocketRoute | undefined;
    void takeIn(request, duplex, head, (found) => { route = found; }).catch((thrown: unknown) => {
      const error = toAntiphonError(thrown);
      metrics.errors.inc({ code: error.code });
      refuse(duplex, error, route?.dialect);
    });
  });

  async function takeIn(request: IncomingMessage, duplex: Duplex, head: Buffer, onFound: (route: WebSocketRoute) => void): Promise<void> {
    checkHost(request.headers.host, { boundTo: server.host, allowedHosts: server.allowedHosts });
    checkOrigin(request.headers.origin, { host: request.headers.host, allowedHosts: server.allowedHosts });
    const { route, params, query } = find(request);
    onFound(route);
    const visitor: Visitor = { headers: request.headers, query, address: request.socket.remoteAddress ?? '', rule: routeRules[`WS ${route.path}`] ?? {} };
    const rest = withoutCredential(query);
    const caller = route.firstMessage !== undefined && needsKey && credentialOf(request.headers, query) === undefined ? undefined : await letIn(visitor);
    sockets.handleUpgrade(request, duplex, head, (socket) => {
      metrics.httpRequests.inc({ route: route.path, status: 101 });
      const found = { route, request, params, query: rest };
      if (caller !== undefined) open(socket, { ...found, caller });
      else void openByFirstMessage(socket, { ...found, visitor });
    });
  }

  /** Errors: those of the door, of switches, of limits and of lanes. */
  async function letIn(visitor: Visitor): Promise<Caller> {
    const { action } = visitor.rule;
    const caller = await door?.(visitor) ?? localCaller;
    await gate?.(gatedRequest(visitor.rule, caller));
    if (action === undefined) return caller;
    const refusal = limit?.(caller, action)?.refusal;
    if (refusal !== undefined) throw refusal;
    admit?.(action, caller.lane);
    return caller;
  }

  async function openByFirstMessage(socket: WebSocket, { visitor, ...found }: Omit<OpenOptions, 'caller'> & { readonly visitor: Visitor }): Promise<void> {
    const held = holdSocket(socket, { timeoutMs: server.headersTimeoutMs });
    alive.add(socket);
    socket.on('error', () => socket.terminate());
    try {
      const caller = await letIn({ ...visitor, said: found.route.firstMessage!.keyOf(await held.first) });
      open(socket, { ...found, caller });
      held.release();
    } catch (thrown) {
      const error = toAntiphonError(thrown);
      metrics.errors.inc({ code: error.code });
      if (socket.readyState === socket.OPEN) found.route.firstMessage!.refuse(socket, error);
      held.drop();
    }
  }

  app.addHook('preClose', async () => {
    clearInterval(heartbeat);
    const closed = [...sockets.clients].map(async (socket) => new Promise<void>((resolve) => { socket.once('close', () => resolve()); }));
    for (const socket of sockets.clients) socket.close(goingAway, 'The server is shutting down.');
    const terminate = () => sockets.clients.forEach((socket) => socket.terminate());
    // One that does not answer the close would keep the server from ending.
    const patience = setTimeout(terminate, 1_000);
    closeAtOnce.addEventListener('abort', terminate, { once: true });
    await Promise.all(closed);
    clearTimeout(patience);
    closeAtOnce.removeEventListener('abort', terminate);
  });

  function find(request: IncomingMessage) {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://server');
    for (const { route, pattern } of patterns) {
      const match = pattern.exec(pathname);
      if (match) return { route, query: searchParams, params: Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, part]) => [name, decode(part)])) };
    }
    throw new AntiphonError('route_unknown', `There is no WebSocket at ${pathname} here.`);
  }

  function open(socket: WebSocket, { route, request, caller, params, query }: OpenOptions): void {
    const gone = new AbortController();
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    // What it was is told by the close that follows.
    socket.on('error', () => socket.terminate());
    socket.once('close', () => gone.abort(new AntiphonError('cancelled', 'The client left.')));
    const traceparent = request.headers['traceparent'];
    const trace = continueTrace(typeof traceparent === 'string' ? traceparent : undefined);
    const requestId = requestIdFrom(request.headers['x-request-id']);
    route.open(socket, {
      requestId,
      trace,
      caller,
      params,
      query,
      headers: request.headers,
      signal: gone.signal,
      report: (error) => {
        metrics.errors.inc({ code: error.code });
        if (errorTable[error.code].actor !== 'caller') log.warn({ request_id: requestId, trace_id: trace.traceId, code: error.code, err: error.cause ?? error }, error.message);
      },
    });
  }
}

/** As an HTTP answer: the connection is no WebSocket yet. */
function refuse(duplex: Duplex, error: AntiphonError, dialect: Dialect = openAiDialect): void {
  const { status, body } = dialect(error, requestIdFrom(undefined));
  const text = JSON.stringify(body);
  duplex.end([
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, 'connection: close', 'content-type: application/json; charset=utf-8',
    ...(error.code === 'key_missing' ? ['www-authenticate: Bearer realm="antiphon"'] : []),
    ...(error.retryAfterSeconds === undefined ? [] : [`retry-after: ${error.retryAfterSeconds}`]),
    `content-length: ${Buffer.byteLength(text)}`, '', text,
  ].join('\r\n'));
}

function toPattern(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith(':') ? `(?<${part.slice(1)}>[^/]+)` : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new AntiphonError('request_malformed', 'The path is not a valid URL.', { cause });
  }
}
