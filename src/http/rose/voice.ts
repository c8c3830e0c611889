/** Rose's sessions and spoken turns, for its clients to be pointed here unchanged; docs/companion.md tells what is more. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Sessions } from '../../companion/sessions.ts';
import type { TakeTurn } from '../../companion/turn.ts';
import { AntiphonError } from '../../errors.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { streamTurn, toAnswer, untilAnswered } from '../turn-answers.ts';
import { registerUploads, type UploadRoutesOptions } from '../upload.ts';
import { parseBody } from '../validation.ts';
import { roseDialect } from './errors.ts';

export type RoseVoiceOptions = UploadRoutesOptions & { readonly takeTurn: TakeTurn; readonly sessions: Sessions };

/** The second is that of its older clients. */
const prefixes = ['/api/v1', '/api'];
const route = { config: { dialect: roseDialect } };

const fieldsSchema = z.strictObject({ session_id: z.string().min(1) });

export async function registerRoseVoice(app: FastifyInstance, { takeTurn, sessions, ...uploads }: RoseVoiceOptions): Promise<void> {
  await app.register(async (scope) => {
    // Its clients send no body, some of them with the type of one.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));
    for (const prefix of prefixes) {
      scope.post(`${prefix}/session/start`, route, async (request) => {
        const { id, createdAt } = await sessions.start(callerOf(request).owner);
        return { session_id: id, message: 'The session has begun.', created_at: createdAt.toISOString() };
      });
    }
  });

  await registerUploads(app, uploads, (scope, receive) => {
    for (const prefix of prefixes) {
      scope.post(`${prefix}/voice/process`, route, async (request, reply) => {
        const signal = callerSignal(reply);
        return receive(request, { fields: { session_id: 1 }, signal }, async ({ fields, path }) => {
          const { session_id: sessionId } = parseBody(fieldsSchema, fields);
          if (path === undefined) throw new AntiphonError('input_invalid', 'audio is required.', { param: 'audio' });
          const events = takeTurn({ requestId: request.id, trace: traceOf(request), caller: callerOf(request), sessionId, said: { path }, format: 'mp3' }, signal);
          if (wantsEvents(request)) return streamTurn({ reply, requestId: request.id, events, sessionId, dialect: roseDialect, stallTimeoutMs: uploads.stallTimeoutMs });
          return toAnswer(await untilAnswered(events), sessionId);
        });
      });
    }
  });
}

function wantsEvents({ headers }: FastifyRequest): boolean {
  return /\btext\/event-stream\b/i.test(headers.accept ?? '');
}
