/** Conversations for the web page: a turn is typed or spoken, and its events come while it is taken. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { audioFormatIds } from '../../audio/formats.ts';
import type { Sessions } from '../../companion/sessions.ts';
import type { TakeTurn, TurnAsk } from '../../companion/turn.ts';
import { AntiphonError } from '../../errors.ts';
import { openAiDialect } from '../dialect.ts';
import { callerOf, callerSignal, traceOf } from '../request-context.ts';
import { streamTurn } from '../turn-answers.ts';
import { registerUploads, type UploadRoutesOptions } from '../upload.ts';
import { parseBody } from '../validation.ts';

export type SessionRoutesOptions = UploadRoutesOptions & { readonly takeTurn: TakeTurn; readonly sessions: Sessions };

const path = '/api/v1/sessions';

const format = z.enum(audioFormatIds).default('mp3');
const typedSchema = z.strictObject({ text: z.string(), response_format: format });
const spokenSchema = z.strictObject({ response_format: format });

type Params = { Params: { id: string } };

export async function registerSessionRoutes(app: FastifyInstance, { takeTurn, sessions, ...uploads }: SessionRoutesOptions): Promise<void> {
  app.post(path, async (request, reply) => {
    const { id, createdAt } = await sessions.start(callerOf(request).owner);
    return reply.code(201).send({ id, created_at: createdAt.toISOString() });
  });

  await registerUploads(app, { ...uploads, takesJson: true }, (scope, receive) => {
    scope.post<Params>(`${path}/:id/turns`, async (request, reply) => {
      const signal = callerSignal(reply);
      const sessionId = request.params.id;
      const take = (given: Pick<TurnAsk, 'said' | 'format'>) => streamTurn({
        reply,
        requestId: request.id,
        events: takeTurn({ ...given, requestId: request.id, trace: traceOf(request), caller: callerOf(request), sessionId }, signal),
        sessionId,
        dialect: openAiDialect,
        stallTimeoutMs: uploads.stallTimeoutMs,
      });
      if (!request.isMultipart()) {
        const { text, response_format: typedFormat } = parseBody(typedSchema, request.body);
        return take({ said: { text }, format: typedFormat });
      }
      return receive(request, { fields: { response_format: 1 }, signal }, async (form) => {
        const { response_format: spokenFormat } = parseBody(spokenSchema, form.fields);
        if (form.path === undefined) throw new AntiphonError('input_invalid', 'audio is required.', { param: 'audio' });
        return take({ said: { path: form.path }, format: spokenFormat });
      });
    });
  });
}
