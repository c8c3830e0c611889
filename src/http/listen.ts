/** Opens the ports: the main one must open; a side port that is taken is a warning, because the main one serves the same. */
import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { AntiphonError } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';

export type Listener = { readonly name: string; readonly app: FastifyInstance; readonly port: number };

/** Resolves with the port that was opened. Errors: address_in_use, naming the setting. */
export async function listenMain({ app, port }: Listener, host: string): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw new AntiphonError('address_in_use', describe(cause, { host, port }), { param: 'server.port', cause });
  }
  return (app.server.address() as AddressInfo).port;
}

/** The port that was opened, or undefined where it could not be. */
export async function listenSide({ name, app, port }: Listener, host: string, log: Logger): Promise<number | undefined> {
  try {
    await app.listen({ host, port });
    return (app.server.address() as AddressInfo).port;
  } catch (cause) {
    log.warn({ listener: name, port }, `the ${name} port could not be opened (${codeOf(cause)}); the main port serves the same`);
    await app.close();
    return undefined;
  }
}

function describe(cause: unknown, { host, port }: { host: string; port: number }): string {
  const code = codeOf(cause);
  if (code === 'EADDRINUSE') return `Port ${port} is taken by another process. Stop it, or choose another with server.port (ANTIPHON_SERVER_PORT).`;
  if (code === 'EACCES') return `Port ${port} may not be opened by this user; choose one above 1023 with server.port (ANTIPHON_SERVER_PORT).`;
  return `Cannot listen on ${host}:${port} (${code}); check server.host (ANTIPHON_SERVER_HOST).`;
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
}
