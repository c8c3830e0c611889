/** GET /api/v1/voice/audio/{id}: a spoken reply, while it is still being made or from the disk. */
import type { FastifyInstance } from 'fastify';
import type { ReplyAudio } from '../../companion/reply-audio.ts';
import { callerOf } from '../request-context.ts';
import { sendFile } from '../send-file.ts';
import { streamReply } from '../stream-reply.ts';
import { replyAudioPath } from '../turn-answers.ts';
import { roseDialect } from './errors.ts';

export type ReplyAudioRouteOptions = { readonly replies: ReplyAudio; readonly stallTimeoutMs: number };

export function registerReplyAudio(app: FastifyInstance, { replies, stallTimeoutMs }: ReplyAudioRouteOptions): void {
  app.get<{ Params: { id: string } }>(`${replyAudioPath}/:id`, { config: { dialect: roseDialect } }, async (request, reply) => {
    const found = await replies.open({ owner: callerOf(request).owner, id: request.params.id });
    // It holds a conversation: for whoever asked, and for nobody's cache.
    reply.header('cache-control', 'no-store');
    if (found.kind === 'file') return sendFile({ request, reply, path: found.path, contentType: found.contentType, fileName: found.fileName });
    if (request.method === 'HEAD') return reply.type(found.contentType).send();
    return streamReply({ reply, status: 200, headers: { 'content-type': found.contentType, 'accept-ranges': 'none' }, chunks: found.chunks, stallTimeoutMs });
  });
}
