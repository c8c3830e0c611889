/** Forms with a recording as they come over a bare connection: broken, hostile, slow, and given up half-way. */
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AntiphonError } from '../../src/errors.ts';
import { clearUploads } from '../../src/http/uploads/upload-folder.ts';
import { until } from '../support/until.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { partsOf, startTranscriptionApp, type TranscriptionApp } from './transcription-app.ts';

const maxBytes = 200_000;
const boundary = 'a-boundary';
const path = '/v1/audio/transcriptions';
const contentType = `multipart/form-data; boundary=${boundary}`;

const clock = createVirtualClock();
/** The server's ends of all connections so far. */
const connections: Socket[] = [];
let server: TranscriptionApp;

beforeAll(async () => {
  server = await startTranscriptionApp({ maxBytes, stallTimeoutMs: 15_000, clock });
  server.app.server.on('connection', (socket) => connections.push(socket));
});
afterAll(() => server.close());
afterEach(async () => until('no file is left', async () => (await server.uploads()).length === 0));

const head = (headers: string) => `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const field = (name: string, value: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const fileHead = (name = 'file', fileName = 'speech.wav') => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\nContent-Type: audio/wav\r\n\r\n`;
const file = (content = 'RIFF', name = 'file') => `${fileHead(name)}${content}\r\n`;
const end = `--${boundary}--\r\n`;

type Answer = { readonly status: number; readonly body: { readonly error: { readonly code: string; readonly param: string | null; readonly message: string } } };

async function post(body: string, type = contentType): Promise<Answer> {
  const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
  return { status: answer.status, body: await answer.json() as Answer['body'] };
}

type Wire = { readonly socket: Socket; readonly received: () => string; readonly closed: Promise<void> };

async function dial(): Promise<Wire> {
  const socket = connect(server.port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => { text += part; }).on('error', () => undefined);
  const closed = new Promise<void>((resolve) => { socket.once('close', () => resolve()); });
  await once(socket, 'connect');
  return { socket, received: () => text, closed };
}

/** Begins a file that never ends, as chunks of a body without a length. */
async function beginUpload(): Promise<Wire & { readonly send: (bytes: number) => void }> {
  server.say({ parts: [] });
  const wire = await dial();
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  wire.socket.write(head(`Content-Type: ${contentType}\r\nTransfer-Encoding: chunked\r\n`) + chunk(field('model', 'whisper-1') + fileHead() + 'a'.repeat(1_000)));
  await until('the file is begun', async () => (await server.uploads()).length === 1);
  return { ...wire, send: (bytes) => void wire.socket.write(chunk('a'.repeat(bytes))) };
}

describe('a form', () => {
  it('may have its fields before and after the file', async () => {
    server.say({ parts: partsOf(' Hello.') });
    expect(await post(field('prompt', 'before') + file() + field('model', 'whisper-1') + end)).toMatchObject({ status: 200, body: { text: 'Hello.' } });
    expect(server.asked[0]).toMatchObject({ model: 'whisper-1', prompt: 'before' });
  });

  it('may leave fields empty', async () => {
    server.say({ parts: partsOf(' Hello.') });
    expect(await post(field('model', 'whisper-1') + field('language', '') + field('temperature', '') + file() + end)).toMatchObject({ status: 200 });
    expect(server.asked[0]).toMatchObject({ language: undefined, temperature: undefined });
  });

  it('may write lists with and without brackets', async () => {
    server.say({ parts: partsOf(' Hello.') });
    const verbose = field('model', 'whisper-1') + field('response_format', 'verbose_json') + file();
    expect(await post(verbose + field('timestamp_granularities[]', 'word') + field('timestamp_granularities', 'segment') + end)).toMatchObject({ status: 200, body: { words: [{ word: 'Hello.' }], segments: [{ id: 0 }] } });
  });

  it('may say that a field is JSON', async () => {
    server.say({ parts: partsOf(' Hello.') });
    const strategy = `--${boundary}\r\nContent-Disposition: form-data; name="chunking_strategy"\r\nContent-Type: application/json\r\n\r\n{"type":"server_vad"}\r\n`;
    expect(await post(field('model', 'whisper-1') + strategy + file() + end)).toMatchObject({ status: 200 });
  });

  it.each([
    ['a field twice', field('model', 'whisper-1') + field('model', 'base') + file() + end, 'model'],
    ['a list that is too long', field('model', 'whisper-1') + field('timestamp_granularities[]', 'word').repeat(3) + file() + end, 'timestamp_granularities'],
    ['a field that nobody knows', field('colour', 'blue') + file() + end, 'colour'],
    ['a single field as a list', field('model[]', 'whisper-1') + file() + end, 'model[]'],
    ['a name without end', field('x'.repeat(1_000), 'blue') + file() + end, 'x'.repeat(40)],
    ['a field without end', field('prompt', 'a'.repeat(70_000)) + file() + end, 'prompt'],
    ['a field without a name', `--${boundary}\r\nContent-Disposition: form-data\r\n\r\nblue\r\n${end}`, ''],
    ['a name of every object', field('__proto__', 'blue') + file() + end, null],
    ['no file', field('model', 'whisper-1') + end, 'file'],
    ['an empty file', field('model', 'whisper-1') + file('') + end, 'file'],
    ['two files', field('model', 'whisper-1') + file() + file() + end, 'file'],
    ['a file that is a field', field('model', 'whisper-1') + field('file', 'RIFF') + end, 'file'],
    ['a field that is a file', field('model', 'whisper-1') + file('de', 'language') + end, 'language'],
    ['texts that are too long together', field('keywords[]', 'a'.repeat(60_000)).repeat(5) + file() + end, 'keywords'],
    ['a thousand fields', field('keywords[]', 'blue').repeat(1_100) + file() + end, 'keywords'],
  ])('with %s is refused by its name', async (_name, body, param) => {
    server.say({ parts: partsOf(' Hello.') });
    expect(await post(body)).toMatchObject({ status: 400, body: { error: { code: 'input_invalid', param } } });
    expect(server.asked).toHaveLength(0);
  });

  it.each([
    ['without its end', field('model', 'whisper-1') + file()],
    ['that stops in its file', field('model', 'whisper-1') + fileHead() + 'RIFF'],
    ['that stops in a head', field('model', 'whisper-1') + '--a-boundary\r\nContent-Dispo'],
    ['under another boundary', (field('model', 'whisper-1') + file() + end).replaceAll(boundary, 'another')],
  ])('%s is not read', async (_name, body) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { error: { code: 'body_invalid' } } });
  });

  it('without a boundary is not read', async () => {
    expect(await post(file() + end, 'multipart/form-data')).toMatchObject({ status: 400, body: { error: { code: 'body_invalid' } } });
  });

  it.each(['application/json', 'text/plain', 'multipart/mixed; boundary=a', 'audio/wav'])('is not %s', async (type) => {
    expect(await post('{"model":"whisper-1"}', type)).toMatchObject({ status: 415, body: { error: { code: 'media_type_unsupported' } } });
  });

  it('leaves the connection to the next request', async () => {
    server.say({ parts: partsOf(' Hello.') });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports: (number | undefined)[] = [];
    const form = field('model', 'whisper-1') + file('RIFF'.repeat(30_000)) + end;
    for (const body of [form, file() + end, `${form}${'and more'.repeat(20_000)}`, form]) {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(`${server.url}${path}`, { method: 'POST', agent, headers: { 'content-type': contentType } }, resolve).on('error', reject).end(body);
      });
      ports.push(answer.socket.localPort);
      await answer.resume().toArray();
    }
    agent.destroy();
    expect(new Set(ports).size).toBe(1);
  });

  it.each([1, 20, 40, 60, 70, 100, 150])('of %i kB that is refused holds up no later request on its connection', async (kilobytes) => {
    server.say({ parts: partsOf(' Hello.') });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const form = field('model', 'whisper-1') + file('a'.repeat(kilobytes * 1_000)) + end;
    const statuses: (number | undefined)[] = [];
    for (const body of [field('colour', 'blue') + form, form, file() + form, form]) {
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(`${server.url}${path}`, { method: 'POST', agent, headers: { 'content-type': contentType } }, resolve).on('error', reject).end(body);
      });
      await answer.resume().toArray();
      statuses.push(answer.statusCode);
    }
    agent.destroy();
    expect(statuses).toEqual([400, 200, 400, 200]);
  });
});

describe('a file', () => {
  it('is for the server\'s user only, under a name of its own, while its request lasts', async () => {
    const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
    server.say({ parts: partsOf(' One.', ' Two.'), pause });
    const answer = post(field('model', 'whisper-1') + fileHead('file', '../../etc/passwd') + `RIFF\r\n${end}`);
    await until('it is heard', () => server.asked.length === 1);
    const about = await stat(server.asked[0]!.path);
    const folder = await stat(join(server.asked[0]!.path, '..'));
    expect([about.mode & 0o777, folder.mode & 0o777]).toEqual([0o600, 0o700]);
    expect(server.asked[0]!.path).toMatch(/\/uploads\/[0-9a-f-]{36}\.\d+\.upload$/);
    goOn();
    await answer;
    expect(await server.uploads()).toEqual([]);
  });

  it('is gone after a failure', async () => {
    server.say({ parts: partsOf(' One.'), failure: new Error('a bug') });
    expect(await post(field('model', 'whisper-1') + file() + end)).toMatchObject({ status: 500, body: { error: { code: 'internal' } } });
    expect(await server.uploads()).toEqual([]);
  });

  it('is gone when its client leaves in mid-upload', async () => {
    const wire = await beginUpload();
    wire.send(70_000);
    wire.socket.destroy();
    await until('the file is gone', async () => (await server.uploads()).length === 0);
    expect(server.asked).toHaveLength(0);
  });

  it('of the largest size is taken, a byte more is not', async () => {
    server.say({ parts: partsOf(' Hello.') });
    expect(await post(field('model', 'whisper-1') + file('a'.repeat(maxBytes)) + end)).toMatchObject({ status: 200 });
    expect(server.asked[0]!.bytes).toHaveLength(maxBytes);
    expect(await post(field('model', 'whisper-1') + file('a'.repeat(maxBytes + 1)) + end)).toMatchObject({ status: 413, body: { error: { code: 'body_too_large', param: 'file' } } });
  });

  it('that a killed server left is removed at the next start, and nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'antiphon-left-'));
    await writeFile(join(folder, '0b7e.upload'), 'left');
    await writeFile(join(folder, 'notes.txt'), 'kept');
    await clearUploads(folder);
    await clearUploads(join(folder, 'none'));
    expect(await readdir(folder)).toEqual(['notes.txt']);
    await rm(folder, { recursive: true });
  });
});

describe('a client that sends too much', () => {
  it('is refused by what it announces', async () => {
    const wire = await dial();
    wire.socket.write(head(`Content-Type: ${contentType}\r\nContent-Length: 1073741824\r\n`) + field('model', 'whisper-1'));
    await until('it is refused', () => wire.received().includes('body_too_large'));
    expect(wire.received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(wire.received().toLowerCase()).toContain('connection: close');
    wire.socket.destroy();
  });

  it('hears why while it is still sending, and is cut off when it goes on for long', async () => {
    const wire = await beginUpload();
    for (let sent = 0; sent < 5; sent++) wire.send(50_000);
    await until('it is refused', () => wire.received().includes('body_too_large'));
    expect(wire.received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(await server.uploads()).toEqual([]);
    wire.send(50_000);
    wire.send(50_000);
    expect(wire.socket.destroyed).toBe(false);
    await clock.advance(5_000);
    await wire.closed;
  });

  it('of 50 MB at once reads the refusal', async () => {
    server.say({ parts: [] });
    const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': contentType }, body: `${fileHead()}${'a'.repeat(50_000_000)}\r\n${end}` });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { code: 'body_too_large' } });
  });

  it('in parts that have no name is refused, too', async () => {
    const wire = await dial();
    const nameless = `--${boundary}\r\nX-Nothing: here\r\n\r\n${'a'.repeat(50_000)}\r\n`;
    const chunk = `${nameless.length.toString(16)}\r\n${nameless}\r\n`;
    wire.socket.write(head(`Content-Type: ${contentType}\r\nTransfer-Encoding: chunked\r\n`));
    for (let sent = 0; sent < 20; sent++) wire.socket.write(chunk);
    await until('it is refused', () => wire.received().includes('body_too_large'));
    wire.socket.destroy();
  });
});

describe('a slow client', () => {
  it('that sends hardly anything in the time is ended with 408', async () => {
    const wire = await beginUpload();
    for (let sent = 0; sent < 15; sent++) {
      wire.send(1);
      await clock.advance(1_000);
    }
    await wire.closed;
    expect(wire.received()).toMatch(/^HTTP\/1\.1 408 /);
    expect(wire.received()).toContain('"code":"request_timeout"');
  });

  it('that sends enough in each stretch of time is waited for', async () => {
    const wire = await beginUpload();
    for (let sent = 0; sent < 4; sent++) {
      wire.send(20_000);
      await until('it has arrived', () => connections.at(-1)!.bytesRead > 20_000 * (sent + 1));
      await clock.advance(15_000);
    }
    expect(wire.received()).toBe('');
    wire.socket.write(`${(`\r\n${end}`).length.toString(16)}\r\n\r\n${end}\r\n0\r\n\r\n`);
    await until('it is answered', () => wire.received().includes('HTTP/1.1 200'));
    expect(server.asked[0]!.bytes).toHaveLength(81_000);
    wire.socket.destroy();
  });
});

describe('a failure that is told to nobody', () => {
  it('keeps no file of a client that left before it was heard', async () => {
    const { promise: pause, resolve: goOn } = Promise.withResolvers<void>();
    server.say({ parts: partsOf(' One.', ' Two.'), pause, failure: new AntiphonError('engine_failed', 'It could not go on.') });
    const leave = new AbortController();
    const answer = fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': contentType }, body: field('model', 'whisper-1') + file() + end, signal: leave.signal }).catch(() => undefined);
    await until('it is heard', () => server.asked.length === 1);
    leave.abort();
    await answer;
    await until('the request is cancelled', () => server.asked[0]!.left.aborted);
    goOn();
  });
});

describe('an upload over a slow line', () => {
  it('may take longer than the server\'s limit for whole requests', async () => {
    const impatient = await startTranscriptionApp({ maxBytes, bodyTimeoutMs: 500 });
    impatient.say({ parts: partsOf(' Hello.') });
    const socket = connect(impatient.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => { text += part; }).on('error', () => undefined);
    const body = field('model', 'whisper-1') + fileHead();
    const rest = `RIFF\r\n${end}`;
    socket.write(head(`Content-Type: ${contentType}\r\nContent-Length: ${body.length + rest.length}\r\n`) + body);
    await once(impatient.app.server, 'clientError');
    socket.write(rest);
    await until('it is answered', () => text.includes('\r\n\r\n') || socket.destroyed);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
    await impatient.close();
  });
});
