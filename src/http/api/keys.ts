/** Keys and users, for the owner of the server and (to look at) its operators; and who somebody is, for himself. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Caller } from '../../caller.ts';
import type { Key, KeyRing, ListedKey, User } from '../../access/key-ring.ts';
import { callerOf } from '../request-context.ts';
import { parseBody } from '../validation.ts';

export type KeyRoutesOptions = { readonly keys: KeyRing; /** By which people know whoever asks. */ readonly nameOf: (caller: Caller) => Promise<string>; readonly plans: readonly string[]; readonly rotateGraceMs: number };

const hourMs = 3_600_000;
const userSchema = z.strictObject({ name: z.string(), role: z.enum(['owner', 'operator', 'user']).default('user') });
const changeSchema = z.strictObject({ disabled: z.boolean() });
const keySchema = z.strictObject({ user: z.string().min(1), plan: z.string().min(1), label: z.string().max(200).default(''), expires_in_days: z.number().optional() });
const rotateSchema = z.strictObject({ grace_hours: z.number().min(0).max(8_760).optional() });

type ById = { Params: { id: string } };

export function registerKeyRoutes(app: FastifyInstance, { keys, nameOf, plans, rotateGraceMs }: KeyRoutesOptions): void {
  app.get('/api/v1/me', async (request) => {
    const caller = callerOf(request);
    const { owner, role, keyId, plan, lane } = caller;
    return { user: owner, name: await nameOf(caller), role, key: keyId ?? null, plan: plan?.id ?? null, lane };
  });

  app.get('/api/v1/users', async () => ({ users: (await keys.users()).map(toWireUser) }));
  app.post('/api/v1/users', async (request, reply) => reply.code(201).send(toWireUser(await keys.createUser(parseBody(userSchema, request.body)))));
  app.put<{ Params: { name: string } }>('/api/v1/users/:name', async (request) => toWireUser(await keys.disableUser(request.params.name, parseBody(changeSchema, request.body).disabled)));

  app.get('/api/v1/keys', async () => ({ plans, keys: (await keys.list()).map(toWireKey) }));
  app.post('/api/v1/keys', async (request, reply) => {
    const { user, plan, label, expires_in_days: days } = parseBody(keySchema, request.body);
    const { key, entry } = await keys.create({ userName: user, plan, label, days });
    return reply.code(201).header('cache-control', 'no-store').send({ ...toWireKey(entry), key });
  });
  app.post<ById>('/api/v1/keys/:id/rotate', async (request, reply) => {
    const { grace_hours: hours } = parseBody(rotateSchema, request.body ?? {});
    const { key, entry } = await keys.rotate(request.params.id, hours === undefined ? rotateGraceMs : hours * hourMs);
    return reply.code(201).header('cache-control', 'no-store').send({ ...toWireKey(entry), key });
  });
  app.delete<ById>('/api/v1/keys/:id', async (request) => toWireKey(await keys.revoke(request.params.id)));
}

function toWireUser({ id, name, role, createdAt, disabledAt }: User) {
  return { id, name, role, created_at: createdAt, disabled_at: disabledAt ?? null };
}

function toWireKey({ id, user, label, preview, plan, state, createdAt, expiresAt, revokedAt, replacedBy, lastUsedAt }: Key & Partial<ListedKey>) {
  return { id, user: user.name, role: user.role, label, preview, plan, state, created_at: createdAt, expires_at: expiresAt ?? null, revoked_at: revokedAt ?? null, replaced_by: replacedBy ?? null, last_used_at: lastUsedAt ?? null };
}
