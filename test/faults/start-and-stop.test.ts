/** How a server comes and goes: in the middle of speech, of its own start, by force, and where its place is taken. Needs Linux' /proc. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { hear, hearPcm } from '../support/hearing.ts';
import { groupMembers, isAlive, workersOf } from '../support/processes.ts';
import { longText, openSpeech, queueOf, speak } from '../support/speech-client.ts';
import { freePort, spawnServer, startServer, type SpawnedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

const started: { stop: () => Promise<void> }[] = [];
afterEach(async () => { await Promise.all(started.splice(0).map(({ stop }) => stop())); });

async function track<Server extends SpawnedServer>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  started.push(server);
  return server;
}

async function holdPort(): Promise<{ port: string; connections: Socket[] }> {
  const connections: Socket[] = [];
  const holder: Server = createServer((socket) => connections.push(socket)).listen(0, '127.0.0.1');
  await once(holder, 'listening');
  started.push({ stop: async () => { connections.forEach((socket) => socket.destroy()); holder.close(); await once(holder, 'close'); } });
  return { port: String((holder.address() as AddressInfo).port), connections };
}

async function expectNothingLeft(server: SpawnedServer): Promise<void> {
  await until('no process is left', () => groupMembers(server.pid).length === 0);
}

const oneWorker = { ANTIPHON_WORKERS_COUNT: '1' };

describe('an orderly end', () => {
  it.each([
    ['SIGTERM to the server', (pid: number) => kill(pid, 'SIGTERM')],
    ['SIGTERM to all its processes, as a service manager sends it', (pid: number) => kill(-pid, 'SIGTERM')],
    ['Ctrl-C, which reaches all its processes', (pid: number) => kill(-pid, 'SIGINT')],
    ['the same signal twice at once, as npm passes it on', (pid: number) => { kill(pid, 'SIGINT'); kill(pid, 'SIGINT'); }],
  ])('lets speech finish, refuses what comes, and leaves no process: %s', async (_name, end) => {
    const server = await track(startServer({ env: oneWorker }));
    const speech = openSpeech(server.url, { input: longText(5) });
    await speech.begun;
    end(server.pid);
    await until('it says that it stops', () => server.output().includes('Stopping: 1 request may finish first'));
    const late = await speak(server.url, { input: 'May I?' }).then(({ status, headers }) => ({ status, retryAfter: headers['retry-after'] }), () => 'no connection');
    const answer = await speech.answer;
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(hearPcm(answer.bytes).seconds).toBeGreaterThan(10);
    expect([{ status: 503, retryAfter: '5' }, 'no connection']).toContainEqual(late);
    expect(await server.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(server);
  });

  it('waits for a client that has not read what was made long ago', async () => {
    const server = await track(startServer({ env: oneWorker }));
    const mayRead = Promise.withResolvers<void>();
    const speech = openSpeech(server.url, { input: longText(30), response_format: 'wav', model: 'flite' }, { readAfter: mayRead.promise });
    await until('much of it is made', async () => (await queueOf(server.url)).requests.every(({ audio_seconds: seconds }) => seconds > 20));
    kill(server.pid, 'SIGTERM');
    await until('it says that it stops', () => server.output().includes('Stopping'));
    mayRead.resolve();
    const answer = await speech.answer;
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect((await hear(answer.bytes, 'wav')).seconds).toBeGreaterThan(60);
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });

  it('breaks off what takes longer than it may, and still leaves with 0', async () => {
    const server = await track(startServer({ env: { ...oneWorker, ANTIPHON_SERVER_DRAIN_TIMEOUT_MS: '300' } }));
    const speech = openSpeech(server.url, { input: longText(60) });
    await speech.begun;
    kill(server.pid, 'SIGTERM');
    expect(await speech.answer).toMatchObject({ status: 200, complete: false });
    expect(await server.ended).toEqual({ code: 0, signal: null });
    await expectNothingLeft(server);
  });

  it('is not waited for by who asks a second time', async () => {
    const server = await track(startServer({ env: oneWorker }));
    const speech = openSpeech(server.url, { input: longText(60) });
    await speech.begun;
    kill(server.pid, 'SIGINT');
    await until('it says that it stops', () => server.output().includes('Stopping'));
    const again = setInterval(() => { if (isAlive(server.pid)) kill(server.pid, 'SIGINT'); }, 500);
    expect(await server.ended).toEqual({ code: 130, signal: null });
    clearInterval(again);
    expect(await speech.answer).toMatchObject({ complete: false });
    await expectNothingLeft(server);
  });
});

describe('the server that npm started', () => {
  it('finishes its speech on Ctrl-C, too', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'antiphon-test-'));
    const port = await freePort();
    const npm = spawn('npm', ['start'], { cwd: fileURLToPath(new URL('../../', import.meta.url)), detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...oneWorker, ANTIPHON_SERVER_PORT: String(port), ANTIPHON_SERVER_HEALTH_PORT: '0', ANTIPHON_SERVER_METRICS_PORT: '0', ANTIPHON_DATA_DIR: dataDir } });
    const ended = once(npm, 'exit');
    let output = '';
    for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
    await until('npm has started the server', () => output.includes('Antiphon speaks at'), 120_000);
    const speech = openSpeech(`http://127.0.0.1:${port}`, { input: longText(5) });
    await speech.begun;
    kill(-npm.pid!, 'SIGINT');
    expect(await speech.answer).toMatchObject({ status: 200, complete: true });
    await ended;
    await until('no process is left', () => groupMembers(npm.pid!).length === 0);
    await rm(dataDir, { recursive: true, force: true });
  }, 180_000);
});

describe('an end by force', () => {
  it('of the server ends its workers, too', async () => {
    const server = await track(startServer({ env: { ANTIPHON_WORKERS_COUNT: '2' } }));
    const workers = workersOf(server.pid);
    const speech = openSpeech(server.url, { input: longText(60) });
    await speech.begun;
    kill(server.pid, 'SIGKILL');
    expect(workers).toHaveLength(2);
    expect(await speech.answer).toMatchObject({ complete: false });
    expect(await server.ended).toEqual({ code: null, signal: 'SIGKILL' });
    await expectNothingLeft(server);
  });
});

describe('a start that is interrupted', () => {
  it.each([
    ['before its workers run', () => true],
    ['while its workers load', (server: SpawnedServer) => workersOf(server.pid).length > 0],
  ])('leaves no process: %s', async (_name, isTime) => {
    const server = await track(spawnServer({ env: { ANTIPHON_WORKERS_COUNT: '2' } }));
    await until('it is time', () => isTime(server));
    kill(-server.pid, 'SIGINT');
    await server.ended;
    expect(server.output()).not.toContain('speaks at');
    await expectNothingLeft(server);
  });

  it('while it fetches a model does not wait for a source that never answers', async () => {
    const { port, connections } = await holdPort();
    const modelsDir = await mkdtemp(join(tmpdir(), 'antiphon-models-'));
    const server = await track(spawnServer({ env: { ...oneWorker, ANTIPHON_MODELS_DIR: modelsDir, ANTIPHON_MODELS_MIRROR: `http://127.0.0.1:${port}` } }));
    await until('it asks the source', () => connections.length > 0);
    kill(-server.pid, 'SIGINT');
    await server.ended;
    await expectNothingLeft(server);
    await rm(modelsDir, { recursive: true, force: true });
  });
});

describe('a port that is taken', () => {
  it('keeps the server from starting, with the setting to change, and leaves no process', async () => {
    const { port } = await holdPort();
    const server = await track(spawnServer({ env: { ...oneWorker, ANTIPHON_SERVER_PORT: port } }));
    expect(await server.ended).toEqual({ code: 3, signal: null });
    expect(server.output()).toContain(`Port ${port} is taken`);
    expect(server.output()).toContain('ANTIPHON_SERVER_PORT');
    await expectNothingLeft(server);
  });

  it('is a warning where only a side port is meant', async () => {
    const [health, metrics] = [await holdPort(), await freePort()];
    const server = await track(startServer({ env: { ...oneWorker, ANTIPHON_SERVER_HEALTH_PORT: health.port, ANTIPHON_SERVER_METRICS_PORT: String(metrics) } }));
    expect(server.output()).toMatch(/"level":"warn".*the health port could not be opened \(EADDRINUSE\)/);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${metrics}/metrics`)).status).toBe(200);
    expect(await speak(server.url, { input: 'Hello.' })).toMatchObject({ status: 200, complete: true });
  });
});
