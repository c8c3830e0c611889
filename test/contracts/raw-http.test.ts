/** HTTP below what clients show: limits, slow and broken senders, connections that are used again. */
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hearPcm } from '../support/hearing.ts';
import { longText, openSpeech, queueOf, speak } from '../support/speech-client.ts';
import { spawnServer, startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;
let port: number;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_SERVER_HEADERS_TIMEOUT_MS: '1500', ANTIPHON_SERVER_BODY_TIMEOUT_MS: '2500', ANTIPHON_SERVER_ALLOWED_HOSTS: '["voice.example"]' } });
  port = Number(new URL(server.url).port);
});
afterAll(() => server.stop());

type Wire = { readonly socket: Socket; readonly received: () => string; readonly closed: Promise<void> };

async function dial(): Promise<Wire> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => { text += part; }).on('error', () => undefined);
  const closed = new Promise<void>((resolve) => { socket.once('close', () => resolve()); });
  await once(socket, 'connect');
  return { socket, received: () => text, closed };
}

async function exchange(text: string): Promise<string> {
  const wire = await dial();
  wire.socket.write(text);
  await wire.closed;
  return wire.received();
}

function errorIn(answer: string): unknown {
  return (JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { error: unknown }).error;
}

const head = 'POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

function speechMessage(body: object): string {
  const text = JSON.stringify(body);
  return `${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

describe('limits', () => {
  it('refuses a body of a gigabyte by its announcement, without reading it', async () => {
    const wire = await dial();
    wire.socket.write(`${head}Content-Length: 1073741824\r\n\r\n{"input":"`);
    await wire.closed;
    expect(wire.received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(wire.received().toLowerCase()).toContain('connection: close');
    expect(errorIn(wire.received())).toMatchObject({ code: 'body_too_large', type: 'invalid_request_error', param: null });
  });

  it('refuses a body that says nothing of its length once it is too long', async () => {
    const wire = await dial();
    wire.socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    // 17 times 64 KiB: one more than the limit of 1 MiB, and then nothing, not even an end.
    for (let sent = 0; sent < 17; sent++) wire.socket.write(`10000\r\n${'a'.repeat(0x10000)}\r\n`);
    await wire.closed;
    expect(wire.received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(errorIn(wire.received())).toMatchObject({ code: 'body_too_large' });
  });

  it('takes a body just under the limit for what it is', async () => {
    const answer = await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'tts-1', input: 'a'.repeat(1_048_000) }) });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code: 'input_too_long', param: 'input' } });
  });

  it('ends a sender of one byte of its headers after the other with 408', async () => {
    const wire = await dial();
    const bytes = `${head}X-Slow: `.split('');
    const drip = setInterval(() => wire.socket.write(bytes.shift() ?? 'z'), 100);
    await wire.closed;
    clearInterval(drip);
    expect(wire.received()).toMatch(/^HTTP\/1\.1 408 /);
    expect(errorIn(wire.received())).toMatchObject({ code: 'request_timeout', type: 'invalid_request_error', param: null });
  });

  it('ends a sender whose body never comes with 408', async () => {
    const answer = await exchange(`${head}Content-Length: 100\r\n\r\n{"model"`);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each([
    ['what is not HTTP', 'HELLO\r\n\r\n'],
    ['headers of 20 KB', `GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['two different lengths', `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}`],
    ['a length beside chunks', `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ])('answers %s with 400 in the usual shape and hangs up', async (_name, text) => {
    const answer = await exchange(text);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(errorIn(answer)).toMatchObject({ code: 'request_malformed', param: null });
  });
});

describe('names', () => {
  async function statusFor(host: string): Promise<{ status: number | undefined; body: string }> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${server.url}/v1/models`, { headers: { host }, agent: false }, resolve).on('error', reject).end();
    });
    let body = '';
    for await (const part of answer.setEncoding('utf8')) body += String(part);
    return { status: answer.statusCode, body };
  }

  it.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1'])('refuses the name %s, which a web page could have pointed here', async (host) => {
    const { status, body } = await statusFor(host);
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'host_not_allowed' } });
    expect(body).toContain('ANTIPHON_SERVER_ALLOWED_HOSTS');
  });

  it.each(['localhost', 'localhost:1234', '127.0.0.1', '[::1]:80', 'antiphon.localhost', 'voice.example', 'VOICE.EXAMPLE:443'])('answers to %s', async (host) => {
    expect((await statusFor(host)).status).toBe(200);
  });

  it('is not bound to an address that others can reach, and says what to set', async () => {
    const refused = await spawnServer({ env: { ANTIPHON_SERVER_HOST: '0.0.0.0' } });
    expect(await refused.ended).toEqual({ code: 3, signal: null });
    expect(refused.output()).toContain('server.host');
    expect(refused.output()).toContain('ANTIPHON_ACCESS_REQUIRE_KEYS=never');
    await refused.stop();
  });
});

describe('methods', () => {
  it.each(['/v1/models', '/health', '/metrics', '/api/v1/requests'])('HEAD of %s has the headers of GET and no body', async (path) => {
    const answer = await fetch(`${server.url}${path}`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe((await fetch(`${server.url}${path}`)).headers.get('content-type'));
    expect(await answer.text()).toBe('');
  });

  it.each(['OPTIONS', 'PUT', 'GET', 'HEAD'])('%s of a path that takes POST is 405 and names what it takes', async (method) => {
    const answer = await fetch(`${server.url}/v1/audio/speech`, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('connections', () => {
  it('are used again, after refusals and after speech', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports: (number | undefined)[] = [];
    for (const input of ['Hi.', '', 'Hi.', '…']) {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(`${server.url}/v1/audio/speech`, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, resolve).on('error', reject).end(JSON.stringify({ model: 'flite', input }));
      });
      ports.push(answer.socket.localPort);
      await answer.resume().toArray();
    }
    agent.destroy();
    expect(new Set(ports).size).toBe(1);
  });

  it('answer requests that were sent ahead in their order, each with its own audio', async () => {
    const wire = await dial();
    wire.socket.write([...['One.', '', 'Two words here.'].map((input) => speechMessage({ model: 'flite', input, response_format: 'pcm' })), 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'].join(''));
    await wire.closed;
    const statuses = [...wire.received().matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
    expect(statuses).toEqual(['200', '400', '200', '200']);
    expect(wire.received().indexOf('input_empty')).toBeGreaterThan(0);
    expect(wire.received().endsWith('{"status":"pass"}')).toBe(true);
  });

  it('do not mix a refusal into an answer that is under way', async () => {
    const wire = await dial();
    wire.socket.write(speechMessage({ model: 'tts-1', input: longText(12), response_format: 'pcm' }));
    await until('it speaks', () => wire.received().length > 1_000);
    wire.socket.write('THIS IS NOT HTTP\r\n\r\n');
    await wire.closed;
    expect([...wire.received().matchAll(/HTTP\/1\.1 \d+ /g)]).toHaveLength(1);
    expect(wire.received()).not.toContain('request_malformed');
  });

  it('whose client takes a byte at a time hold up nobody else, and lose nothing', async () => {
    const slow = request(`${server.url}/v1/audio/speech`, { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } });
    slow.end(JSON.stringify({ model: 'tts-1', input: longText(20), response_format: 'wav' }));
    const [answer] = (await once(slow, 'response')) as [IncomingMessage];
    answer.pause();
    let taken = 0;
    const sip = setInterval(() => { taken += (answer.read(1) as Buffer | null)?.length ?? 0; }, 5);
    const others = await Promise.all(Array.from({ length: 4 }, async () => speak(server.url, { input: 'I am in a hurry.' })));
    clearInterval(sip);
    expect(others.every(({ status, complete, bytes }) => status === 200 && complete && hearPcm(bytes).rms > 0.01)).toBe(true);
    expect(taken).toBeGreaterThan(0);
    expect(answer.complete).toBe(false);
    let rest = 0;
    for await (const part of answer) rest += (part as Buffer).length;
    expect(answer.complete).toBe(true);
    expect((taken + rest - 44) / 2 / 22_050).toBeGreaterThan(50);
  });

  it('may carry the same request id twice at once, and neither disturbs the other', async () => {
    const headers = { 'x-request-id': 'the-same-for-both' };
    const long = openSpeech(server.url, { input: longText(8) }, { headers });
    await long.begun;
    await speak(server.url, { input: 'Short.' }, { headers });
    expect((await queueOf(server.url)).requests.map(({ id }) => id)).toEqual(['the-same-for-both']);
    expect(await long.answer).toMatchObject({ status: 200, complete: true });
    expect((await queueOf(server.url)).requests).toEqual([]);
  });
});
