/** The door: who asks, found out before anything else of a request is read. */
import type { IncomingHttpHeaders } from 'node:http';
import { admitCaller, anonymousCaller, type Credential, type Door } from '../access/admit-caller.ts';
import type { KeyRing } from '../access/key-ring.ts';
import type { Tickets } from '../access/tickets.ts';
import { isAtLeast, type Caller } from '../caller.ts';
import { AntiphonError } from '../errors.ts';
import { credentialOf } from './credential.ts';
import type { RouteRule } from './route-rules.ts';

export type Visitor = {
  readonly headers: IncomingHttpHeaders;
  readonly query?: URLSearchParams | undefined;
  /** Of an address that was opened with one. */
  readonly ticket?: { readonly text: string; readonly path: string } | undefined;
  /** Said in a WebSocket's first message, where headers and address had none. */
  readonly said?: string | undefined;
  readonly address: string;
  readonly rule: RouteRule;
};

/** Errors: key_missing, key_refused, forbidden. */
export type AdmitVisitor = (visitor: Visitor) => Promise<Caller>;

export type DoorOptions = Door & {
  readonly keys: Pick<KeyRing, 'find'>;
  readonly tickets?: Pick<Tickets, 'keyOf'>;
  readonly onRefusal: (reason: string) => void;
  /** A key let somebody in. */
  readonly onUse?: (keyId: string) => void;
};

export function createDoor({ keys, tickets, onRefusal, onUse, ...door }: DoorOptions): AdmitVisitor {
  async function admit({ headers, query, ticket, said, address, rule }: Visitor): Promise<Caller> {
    const given: Credential | undefined = credentialOf(headers, query) ?? (said === undefined ? undefined : { place: 'message', text: said }) ?? keyOfTicket(ticket);
    const key = given === undefined ? undefined : await keys.find(given.text);
    if (rule.needs === 'anybody' && given === undefined && door.needsKey) return anonymousCaller(door, address);
    const caller = admitCaller({ door, given, key, address });
    const needed = rule.needs ?? 'user';
    if (needed !== 'anybody' && !isAtLeast(caller.role, needed)) throw new AntiphonError('forbidden', `This is for the ${needed === 'owner' ? 'owner' : 'owner and operators'} of the server; the key is a ${caller.role}'s.`);
    if (caller.keyId !== undefined) onUse?.(caller.keyId);
    return caller;
  }

  /** Errors: key_refused, where a key is needed and the ticket is no longer one. */
  function keyOfTicket(ticket: Visitor['ticket']): Credential | undefined {
    if (ticket === undefined) return undefined;
    const text = tickets?.keyOf(ticket.text, ticket.path);
    if (text !== undefined) return { place: 'ticket', text };
    if (door.needsKey) throw new AntiphonError('key_refused', 'The ticket in the address is over, or for another one. POST /api/v1/tickets gives another.');
    return undefined;
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
