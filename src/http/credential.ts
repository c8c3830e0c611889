/** What a caller sent to say who he is, wherever the clients of each vendor put it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Credential } from '../access/admit-caller.ts';

/** OpenAI's clients in a browser cannot send headers with a WebSocket, so they send the key as a subprotocol of this kind. */
const subprotocolPrefix = 'openai-insecure-api-key.';

/** Fields of a WebSocket's address, for browsers: the first two as the headers are called, the last as ElevenLabs calls it. */
const addressFields = ['xi-api-key', 'api_key', 'authorization'] as const;

/** The first that was sent of: X-API-Key, xi-api-key, Authorization, a subprotocol, a field of the address (for WebSockets). */
export function credentialOf(headers: IncomingHttpHeaders, query?: URLSearchParams): Credential | undefined {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const bearer = /^Bearer\s+(\S.*)$/i.exec(header('authorization') ?? '')?.[1];
  const subprotocol = header('sec-websocket-protocol')?.split(',').map((one) => one.trim()).find(isKeyProtocol)?.slice(subprotocolPrefix.length);
  const field = addressFields.map((name) => query?.get(name) ?? '').find((text) => text !== '');
  const all: readonly (readonly [Credential['place'], string | undefined])[] = [['x-api-key', header('x-api-key')], ['xi-api-key', header('xi-api-key')], ['authorization', bearer], ['subprotocol', subprotocol], ['query', withoutScheme(field)]];
  const sent = all.find(([, text]) => text !== undefined && text !== '');
  return sent === undefined ? undefined : { place: sent[0], text: sent[1]! };
}

/** The same address without what only the door reads: no room below sees a key. */
export function withoutCredential(query: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(query);
  for (const name of addressFields) rest.delete(name);
  return rest;
}

/** True for the subprotocol that is a key: a server that chose it would send the key back. */
export function isKeyProtocol(protocol: string): boolean {
  return protocol.startsWith(subprotocolPrefix);
}

/** `Bearer ant_…` and `ant_…` alike, where a vendor's clients send either. */
export function withoutScheme(text: string | undefined): string | undefined {
  return text?.trim().replace(/^Bearer\s+/i, '');
}
