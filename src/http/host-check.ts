/** Guards a loopback server against DNS rebinding: a web page's own name may resolve to 127.0.0.1, but is not ours. */
import { AntiphonError } from '../errors.ts';

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Errors: host_not_allowed, naming the setting. An absent header (HTTP/1.0) passes: browsers always send one. */
export function checkHost(header: string | undefined, { boundTo, allowedHosts }: { boundTo: string; allowedHosts: readonly string[] }): void {
  if (header === undefined || !isLoopback(boundTo)) return;
  const name = header.replace(/:\d+$/, '').toLowerCase();
  if (isLoopback(name) || name.endsWith('.localhost') || allowedHosts.includes(name)) return;
  throw new AntiphonError('host_not_allowed', `This server does not answer to the name "${name}". Add it to server.allowedHosts (ANTIPHON_SERVER_ALLOWED_HOSTS) if it should.`, { param: 'Host' });
}

/**
 * WebSockets are not held to the same origin by browsers, so any page could open one here. Clients that are no browser
 * send no origin and pass. Errors: host_not_allowed.
 */
export function checkOrigin(origin: string | undefined, { host, allowedHosts }: { host: string | undefined; allowedHosts: readonly string[] }): void {
  if (origin === undefined) return;
  const page = URL.canParse(origin) ? new URL(origin) : undefined;
  if (page && (page.host === host?.toLowerCase() || isLoopback(page.hostname) || page.hostname.endsWith('.localhost') || allowedHosts.includes(page.hostname))) return;
  throw new AntiphonError('host_not_allowed', 'Pages of other origins may not open a WebSocket here. Add the page\'s host to server.allowedHosts (ANTIPHON_SERVER_ALLOWED_HOSTS) if it should.', { param: 'Origin' });
}
