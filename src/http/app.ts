/** The HTTP application: limits, ids, error translation, and every route in one list. Listening is elsewhere. */
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { LimitAnswer } from '../access/limits/request-limits.ts';
import { localCaller, type Caller, type LaneId } from '../caller.ts';
import type { Config } from '../config/schema.ts';
import { AntiphonError, errorTable, toAntiphonError, type ErrorCode } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { toTraceparent } from '../telemetry/trace-context.ts';
import type { WorkAction } from '../usage.ts';
import type { AdmitVisitor, Visitor } from './door.ts';
import type { SwitchGate } from '../operations/switches/switch-gate.ts';
import { dialectOf } from './dialect.ts';
import { checkHost } from './host-check.ts';
import { createOpenAnswers } from './open-answers.ts';
import { callerOf, requestIdFrom, setCaller, traceOf } from './request-context.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import { createRouteMethods } from './route-methods.ts';
import { gatedRequest, routeRules, type RouteRule } from './route-rules.ts';
import { answerSocketError } from './socket-errors.ts';
import { isPaced } from './uploads/body-progress.ts';
import { vendorConstraint } from './vendor-constraint.ts';

export type AppOptions = {
  readonly server: Config['server'];
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Finds out who asks. Default: the owner of this machine. */
  readonly door?: AdmitVisitor;
  /** What a caller has left of how often he may ask; undefined where he has no limit. */
  readonly limit?: (caller: Caller, action: WorkAction) => LimitAnswer | undefined;
  /** GET /metrics is for anybody, though keys are needed for all else. */
  readonly openMetrics?: boolean;
  /** Rejects with switched_off what an operator has switched off. */
  readonly gate?: SwitchGate;
  /** Throws queue_full where a lane has no room for more of that work: asked before a body is read. */
  readonly admit?: (action: WorkAction, lane: LaneId) => void;
  /** Aborted when a closing server shall wait no longer for clients that are still reading. */
  readonly closeAtOnce: AbortSignal;
  /** The routes, registered in order. */
  readonly routes: readonly ((app: FastifyInstance) => void | Promise<void>)[];
};

/** Slow clients are looked for this often; Node's own default of 30 s would make a 10 s limit meaningless. */
const connectionCheckMs = 1_000;

export async function createApp({ server, metrics, log, door, limit, openMetrics = false, gate, admit, closeAtOnce, routes }: AppOptions): Promise<FastifyInstance> {
  const answers = createOpenAnswers();
  const routeMethods = createRouteMethods();
  const app = fastify({
    logger: false,
    bodyLimit: server.maxBodyBytes,
    requestTimeout: server.bodyTimeoutMs,
    genReqId: (request) => requestIdFrom(request.headers['x-request-id']),
    http: { headersTimeout: Math.min(server.headersTimeoutMs, server.bodyTimeoutMs), connectionsCheckingInterval: connectionCheckMs, maxHeaderSize: 16_384, shouldUpgradeCallback: isWebSocket },
    // What is being made is waited for by the request registry, what is being sent by preClose; the rest is idle.
    forceCloseConnections: true,
    routerOptions: { constraints: { vendor: vendorConstraint } },
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => {
      // Uploads may take longer than other bodies, and are given up by their progress.
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isPaced(socket)) return;
      answerSocketError(error, { socket, isAnswering: answers.isAnswering(socket) });
    },
    // Paths that cannot be decoded or have a part of absurd length; they come before every hook.
    frameworkErrors: (cause, request, reply) => {
      identify(request, reply);
      answerError(new AntiphonError('request_malformed', 'The path is not a valid URL.', { cause }), request, reply);
    },
  });
  app.server.maxConnections = server.maxConnections;
  answers.watch(app.server);
  app.addHook('preClose', () => answers.sent(closeAtOnce));
  app.addHook('onRoute', routeMethods.add);
  app.addHook('onRoute', ({ method, url }) => requireRules([method].flat(), url));
  // A JSON body under a wrong name gets 415, not a complaint about its shape.
  app.removeContentTypeParser('text/plain');

  app.addHook('onRequest', async (request, reply) => {
    identify(request, reply);
    checkHost(request.headers.host, { boundTo: server.host, allowedHosts: server.allowedHosts });
    const rule = openMetrics && request.routeOptions.url === '/metrics' ? anybodys : ruleOf(request);
    const caller = await door?.({ headers: request.headers, ticket: takeTicket(request), address: request.ip, rule }) ?? localCaller;
    setCaller(request, caller);
    await gate?.(gatedRequest(rule, caller));
    if (rule.action === undefined) return;
    const answer = limit?.(caller, rule.action);
    if (answer !== undefined) reply.headers(rateLimitHeaders(rule.action, answer.verdict));
    if (answer?.refusal !== undefined) throw answer.refusal;
    admit?.(rule.action, caller.lane);
  });
  app.addHook('onResponse', async (request, reply) => {
    if (ruleOf(request).action !== undefined) metrics.lanes.answered(callerOf(request).lane, reply.raw.statusCode);
    metrics.httpRequests.inc({ route: request.routeOptions.url ?? 'unknown', status: reply.raw.statusCode });
  });
  app.setErrorHandler((thrown, request, reply) => answerError(fromFastify(thrown), request, reply));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0]!;
    const { methods, dialect } = routeMethods.at(path);
    if (methods.length === 0) return answerError(new AntiphonError('route_unknown', `There is no ${request.method} ${path} here.`), request, reply);
    reply.header('allow', methods.join(', '));
    answerError(new AntiphonError('method_not_allowed', `${path} does not take ${request.method}; it takes ${methods.join(', ')}.`), request, reply, dialect);
  });

  function answerError(error: AntiphonError, request: FastifyRequest, reply: FastifyReply, dialect = dialectOf(request)): void {
    metrics.errors.inc({ code: error.code });
    const fields = { request_id: request.id, trace_id: traceOf(request).traceId, code: error.code };
    const { actor } = errorTable[error.code];
    if (actor === 'us') log.error({ ...fields, err: error.cause ?? error }, error.message);
    else if (actor !== 'caller') log.warn(error.cause === undefined ? fields : { ...fields, err: error.cause }, error.message);
    if (reply.raw.headersSent) return void reply.raw.destroy();
    const retryAfterSeconds = error.retryAfterSeconds ?? (error.retryable ? defaultRetryAfterSeconds[error.status] : undefined);
    if (error.code === 'key_missing') reply.header('www-authenticate', 'Bearer realm="antiphon"');
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    // A body that was refused unread would otherwise be read to its end only to be thrown away.
    if (error.code === 'body_too_large') reply.header('connection', 'close');
    const { status, body } = dialect(error, request.id);
    reply.code(status).send(body);
  }

  for (const register of routes) await register(app);
  return app;
}

/** Other upgrades (some clients offer HTTP/2 with every request) are answered as if nobody had asked for one. */
function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** That a path does not exist anybody may know, too. */
const anybodys: RouteRule = { needs: 'anybody' };

/** Whoever adds a route says what it is: a forgotten one does not start. */
function requireRules(methods: readonly string[], url: string): void {
  const missing = methods.find((method) => method !== 'HEAD' && method !== 'OPTIONS' && routeRules[`${method} ${url}`] === undefined);
  if (missing !== undefined) throw new Error(`${missing} ${url} has no rule in http/route-rules.ts.`);
}

/** A route that the table does not know is nobody's but a key's. */
function ruleOf({ method, routeOptions: { url } }: FastifyRequest): RouteRule {
  return url === undefined ? anybodys : (routeRules[`${method === 'HEAD' ? 'GET' : method} ${url}`] ?? {});
}

/** What stands in the address in place of a key, and is for the door alone: it only ever opens what is to be read. */
function takeTicket({ method, url, query }: FastifyRequest): Visitor['ticket'] {
  const fields = query as { ticket?: unknown };
  if ((method !== 'GET' && method !== 'HEAD') || typeof fields.ticket !== 'string') return undefined;
  const text = fields.ticket;
  delete fields.ticket;
  return { text, path: url.split('?')[0]! };
}

function identify(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id);
  reply.header('traceparent', toTraceparent(traceOf(request)));
  reply.header('x-content-type-options', 'nosniff');
}

/** By status, for failures whose author knew of no better time. */
const defaultRetryAfterSeconds: Readonly<Record<number, number>> = { 429: 2, 503: 2 };

const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body_invalid',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body_invalid',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_invalid',
};

const fastifyMessages: Partial<Record<ErrorCode, string>> = {
  body_too_large: 'The body is larger than server.maxBodyBytes allows.',
  body_invalid: 'The body is not valid JSON.',
  media_type_unsupported: 'The content type must be application/json.',
};

function fromFastify(thrown: unknown): AntiphonError {
  const { code, statusCode } = thrown as Partial<FastifyError>;
  const own = (code === undefined ? undefined : fastifyCodes[code]) ?? (thrown instanceof SyntaxError && statusCode === 400 ? 'body_invalid' : undefined);
  return own === undefined ? toAntiphonError(thrown) : new AntiphonError(own, fastifyMessages[own] ?? 'The request is malformed.', { cause: thrown });
}
