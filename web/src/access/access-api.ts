/** Who the server says we are, and addresses that open without a key beside them. */
import * as z from 'zod/mini';
import { check, jsonBody, readJson, sendOk } from '../api.ts';
import { pageKey } from './page-key.ts';

const roles = ['user', 'operator', 'owner'] as const;

export type Role = (typeof roles)[number];

const meSchema = z.object({ user: z.string(), name: z.string(), role: z.enum(roles), key: z.nullable(z.string()), plan: z.nullable(z.string()), lane: z.string() });

/** `key`: the id of the key that was sent; null where none was needed. */
export type Me = z.infer<typeof meSchema>;

const ticketSchema = z.object({ url: z.string() });

export function isAtLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** With a key to be tried, or with that of the page. */
export async function fetchMe(signal: AbortSignal, key?: string): Promise<Me> {
  return check(meSchema, await readJson(await sendOk('/api/v1/me', { signal, key })));
}

/** An address for a player or a download, which send no headers. */
export async function openAddress(path: string, signal: AbortSignal): Promise<string> {
  if (pageKey() === undefined) return path;
  return check(ticketSchema, await readJson(await sendOk('/api/v1/tickets', jsonBody('POST', { path }, signal)))).url;
}
