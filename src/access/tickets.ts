/** Tickets: leave to read one address for a while, for whatever asks without headers of one's own: a player, a download. */
import { randomBytes } from 'node:crypto';

export type Ticket = { readonly ticket: string; readonly expiresAt: Date };

export type Tickets = {
  /** `path` is all that it opens, to whoever has the key and for as long as the key works. */
  readonly issue: (key: string, path: string) => Ticket;
  /** The key that it was issued for; undefined where it is over, unknown or for another path. */
  readonly keyOf: (ticket: string, path: string) => string | undefined;
};

/** Long enough to hear a chapter and to go on with a download that broke. */
const lifetimeMs = 3_600_000;
/** So many are remembered; the oldest go first. */
const capacity = 10_000;

/** In memory only: after a restart pages ask for others. */
export function createTickets({ now }: { readonly now: () => Date }): Tickets {
  const issued = new Map<string, { readonly key: string; readonly path: string; readonly expiresAt: Date }>();

  function forgetOld(): void {
    for (const [ticket, { expiresAt }] of issued) {
      if (issued.size < capacity && expiresAt > now()) return;
      issued.delete(ticket);
    }
  }

  return {
    issue: (key, path) => {
      forgetOld();
      const ticket = randomBytes(24).toString('base64url');
      const expiresAt = new Date(now().getTime() + lifetimeMs);
      issued.set(ticket, { key, path, expiresAt });
      return { ticket, expiresAt };
    },
    keyOf: (ticket, path) => {
      const found = issued.get(ticket);
      return found !== undefined && found.path === path && found.expiresAt > now() ? found.key : undefined;
    },
  };
}
