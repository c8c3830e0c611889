/** POST /api/v1/tickets: an address that can be opened for a while without a key beside it, by a player or a download. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Tickets } from '../../access/tickets.ts';
import { callerOf } from '../request-context.ts';
import { credentialOf } from '../credential.ts';
import { parseBody } from '../validation.ts';

const ticketSchema = z.strictObject({ path: z.string().max(2_000).regex(/^\/api\/v1\/[^?#\s]+$/, 'must be a path of this API, /api/v1/…, without a query') });

export function registerTicketRoute(app: FastifyInstance, { tickets }: { readonly tickets: Tickets }): void {
  app.post('/api/v1/tickets', async (request, reply) => {
    const { path } = parseBody(ticketSchema, request.body);
    const given = credentialOf(request.headers);
    reply.code(201).header('cache-control', 'no-store');
    // Whoever needed no key needs no ticket.
    if (given === undefined || callerOf(request).keyId === undefined) return { url: path, expires_at: null };
    const { ticket, expiresAt } = tickets.issue(given.text, path);
    return { url: `${path}?ticket=${ticket}`, expires_at: expiresAt.toISOString() };
  });
}
