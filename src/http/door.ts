/** The door: who asks, found out before anything else of a request is read. */
import type { IncomingHttpHeaders } from 'node:http';
import { admitCaller, anonymousCaller, type Credential, type Door } from '../access/admit-caller.ts';
import type { KeyRing } from '../access/key-ring.ts';
import { isAtLeast, type Caller } from '../caller.ts';
import { AntiphonError } from '../errors.ts';
import type { RouteRule } from './route-rules.ts';

export type Visitor = { readonly headers: IncomingHttpHeaders; readonly query?: URLSearchParams | undefined; readonly address: string; readonly rule: RouteRule };

/** Errors: key_missing, key_refused, forbidden. */
export type AdmitVisitor = (visitor: Visitor) => Promise<Caller>;

export type DoorOptions = Door & { readonly keys: Pick<KeyRing, 'find'>; readonly onRefusal: (reason: string) => void };

export function createDoor({ keys, onRefusal, ...door }: DoorOptions): AdmitVisitor {
  async function admit({ headers, query, address, rule }: Visitor): Promise<Caller> {
    const given = credentialOf(headers, query);
    const key = given === undefined ? undefined : await keys.find(given.text);
    if (rule.needs === 'anybody' && given === undefined && door.needsKey) return anonymousCaller(door, address);
    const caller = admitCaller({ door, given, key, address });
    const needed = rule.needs ?? 'user';
    if (needed !== 'anybody' && !isAtLeast(caller.role, needed)) throw new AntiphonError('forbidden', `This is for the ${needed === 'owner' ? 'owner' : 'owner and operators'} of the server; the key is a ${caller.role}'s.`);
    return caller;
  }

  return async (visitor) => {
    try {
      return await admit(visitor);
    } catch (error) {
      if (error instanceof AntiphonError) onRefusal(error.code);
      throw error;
    }
  };
}

/** OpenAI's clients in a browser cannot send headers with a WebSocket, so they send the key as a subprotocol of this kind. */
const subprotocolPrefix = 'openai-insecure-api-key.';

/** The first that was sent of: X-API-Key, xi-api-key, Authorization, a subprotocol, a field of the address (for WebSockets). */
export function credentialOf(headers: IncomingHttpHeaders, query?: URLSearchParams): Credential | undefined {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const bearer = /^Bearer\s+(\S.*)$/i.exec(header('authorization') ?? '')?.[1];
  const subprotocol = header('sec-websocket-protocol')?.split(',').map((one) => one.trim()).find((one) => one.startsWith(subprotocolPrefix))?.slice(subprotocolPrefix.length);
  const field = query?.get('xi-api-key') ?? query?.get('api_key') ?? undefined;
  const all: readonly (readonly [Credential['place'], string | undefined])[] = [['x-api-key', header('x-api-key')], ['xi-api-key', header('xi-api-key')], ['authorization', bearer], ['subprotocol', subprotocol], ['query', field]];
  const sent = all.find(([, text]) => text !== undefined && text !== '');
  return sent === undefined ? undefined : { place: sent[0], text: sent[1]! };
}
