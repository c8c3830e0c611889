import { describe, expect, it } from 'vitest';
import { checkHost, checkOrigin, isLoopback } from './host-check.ts';

describe('host check', () => {
  it.each(['localhost', '127.0.0.1', '127.8.9.1', '::1', '[::1]'])('knows %s as this machine', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '192.168.1.2', '127.0.0.1.evil.example', 'localhost.evil.example', '::'])('does not take %s for this machine', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  const bound = { boundTo: '127.0.0.1', allowedHosts: ['voice.example'] };

  it.each([undefined, 'localhost:8080', '127.0.0.1:1', '[::1]:8080', 'app.localhost', 'voice.example'])('lets %s pass', (header) => {
    expect(() => checkHost(header, bound)).not.toThrow();
  });

  it('refuses any other name on a loopback server, naming the setting', () => {
    expect(() => checkHost('evil.example:8080', bound)).toThrow(expect.objectContaining({ code: 'host_not_allowed', message: expect.stringContaining('server.allowedHosts') }));
  });

  it('does not ask where the server is meant to be reached by others', () => {
    expect(() => checkHost('anything.example', { boundTo: '0.0.0.0', allowedHosts: [] })).not.toThrow();
  });
});

describe('origin check', () => {
  const here = { host: 'voice.lan:8080', allowedHosts: ['app.example'] };

  it.each([undefined, 'http://voice.lan:8080', 'http://localhost:5173', 'http://127.0.0.1:8080', 'https://app.example'])('lets a WebSocket from %s pass', (origin) => {
    expect(() => checkOrigin(origin, here)).not.toThrow();
  });

  it.each(['https://evil.example', 'http://voice.lan', 'null', 'http://localhost.evil.example', 'file://'])('refuses one from %s', (origin) => {
    expect(() => checkOrigin(origin, here)).toThrow(expect.objectContaining({ code: 'host_not_allowed' }));
  });
});
