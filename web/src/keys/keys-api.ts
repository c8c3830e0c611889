/** Keys and users at the server. */
import * as z from 'zod/mini';
import { check, getJson, jsonBody, readJson, sendOk } from '../api.ts';

export const userRoles = ['user', 'operator', 'owner'] as const;

const keySchema = z.object({
  id: z.string(),
  user: z.string(),
  role: z.enum(userRoles),
  label: z.string(),
  preview: z.string(),
  plan: z.string(),
  state: z.enum(['active', 'expiring', 'expired', 'revoked']),
  created_at: z.string(),
  expires_at: z.nullable(z.string()),
  revoked_at: z.nullable(z.string()),
  replaced_by: z.nullable(z.string()),
  last_used_at: z.nullable(z.string()),
});

const keysSchema = z.object({ plans: z.array(z.string()), keys: z.array(keySchema) });

const userSchema = z.object({ id: z.string(), name: z.string(), role: z.enum(userRoles), created_at: z.string(), disabled_at: z.nullable(z.string()) });

const usersSchema = z.object({ users: z.array(userSchema) });

const madeSchema = z.extend(keySchema, { key: z.string() });

export type ListedKey = z.infer<typeof keySchema>;
export type KeyList = z.infer<typeof keysSchema>;
export type User = z.infer<typeof userSchema>;
/** `key` is told this once. */
export type MadeKey = z.infer<typeof madeSchema>;

const keysPath = '/api/v1/keys';
const usersPath = '/api/v1/users';

export function fetchKeys(signal: AbortSignal): Promise<KeyList> {
  return getJson(keysPath, keysSchema, signal);
}

export async function fetchUsers(signal: AbortSignal): Promise<readonly User[]> {
  return (await getJson(usersPath, usersSchema, signal)).users;
}

export type WantedKey = { readonly user: string; readonly plan: string; readonly label: string; /** undefined: it does not end. */ readonly days: number | undefined };

export async function createKey({ user, plan, label, days }: WantedKey, signal: AbortSignal): Promise<MadeKey> {
  return check(madeSchema, await readJson(await sendOk(keysPath, jsonBody('POST', { user, plan, label, ...(days === undefined ? {} : { expires_in_days: days }) }, signal))));
}

export async function rotateKey({ id }: ListedKey, graceHours: number, signal: AbortSignal): Promise<MadeKey> {
  return check(madeSchema, await readJson(await sendOk(`${keysPath}/${encodeURIComponent(id)}/rotate`, jsonBody('POST', { grace_hours: graceHours }, signal))));
}

export async function revokeKey({ id }: ListedKey, signal: AbortSignal): Promise<void> {
  await sendOk(`${keysPath}/${encodeURIComponent(id)}`, { method: 'DELETE', signal });
}

export async function createUser(user: Pick<User, 'name' | 'role'>, signal: AbortSignal): Promise<void> {
  await sendOk(usersPath, jsonBody('POST', user, signal));
}

export async function disableUser({ name }: User, disabled: boolean, signal: AbortSignal): Promise<void> {
  await sendOk(`${usersPath}/${encodeURIComponent(name)}`, jsonBody('PUT', { disabled }, signal));
}
