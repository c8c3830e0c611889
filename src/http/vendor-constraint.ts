/** Tells vendors apart where two of them have the same path (GET /v1/models): by what their clients send. */
import type { IncomingMessage } from 'node:http';

/** A route with `constraints: { vendor: 'elevenlabs' }` is taken by that vendor's clients only; everybody else gets the one without. */
export const vendorConstraint = {
  name: 'vendor',
  validate: (vendor: unknown): void => {
    if (vendor !== 'elevenlabs') throw new TypeError(`No client tells itself from others as ${String(vendor)}.`);
  },
  storage: <Handler>() => {
    const handlers = new Map<unknown, Handler>();
    return {
      get: (vendor: unknown) => handlers.get(vendor) ?? null,
      set: (vendor: unknown, handler: Handler) => { handlers.set(vendor, handler); },
    };
  },
  deriveConstraint: ({ headers }: IncomingMessage) => (
    headers['xi-api-key'] !== undefined || /elevenlabs/i.test(`${headers['user-agent'] ?? ''} ${String(headers['x-fern-sdk-name'] ?? '')}`) ? 'elevenlabs' : 'any'
  ),
};
