/** Workers that die or hang while many listen: who has heard nothing notices nothing. Needs Linux' /proc. */
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workersOf } from '../support/processes.ts';
import { hearPcm } from '../support/hearing.ts';
import { healthOf, longText, openSpeech, queueOf, speak } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;

beforeAll(async () => {
  server = await startServer({ env: {
    ANTIPHON_WORKERS_COUNT: '2',
    ANTIPHON_WORKERS_HEARTBEAT_INTERVAL_MS: '200',
    ANTIPHON_WORKERS_HEARTBEAT_TIMEOUT_MS: '3000',
    ANTIPHON_WORKERS_RESTART_BACKOFF_MS: '100',
  } });
});
afterAll(() => server.stop());

async function restarts(): Promise<number> {
  return Number((await healthOf(server.url)).components['workers']!['restarts']);
}

async function allReady(): Promise<boolean> {
  return (await healthOf(server.url)).components['workers']!['status'] === 'pass';
}

/** Many that have just been asked for; resolves when some of them speak and some wait. */
async function manyStreams(prefix: string, { count, format }: { count: number; format: 'audio' | 'sse' }) {
  const streams = Array.from({ length: count }, (_, index) => {
    const id = `${prefix}-${String(index).padStart(2, '0')}`;
    return { id, speech: openSpeech(server.url, { input: longText(2), stream_format: format }, { headers: { 'x-request-id': id } }) };
  });
  await until('some speak and some wait', async () => {
    const { requests } = await queueOf(server.url);
    const speaking = requests.filter(({ phase }) => phase === 'speaking').length;
    return requests.length === count && speaking >= 4 && speaking <= count - 2;
  });
  return streams;
}

describe('a worker that is killed', () => {
  it('breaks off at most those who heard it; the others are spoken by somebody else', async () => {
    const before = await restarts();
    const [victim] = workersOf(server.pid);
    const streams = await manyStreams('killed', { count: 20, format: 'audio' });
    // Held first, so that what it has said is settled before anybody looks.
    kill(victim!, 'SIGSTOP');
    await queueOf(server.url);
    const phases = new Map((await queueOf(server.url)).requests.map(({ id, phase }) => [id, phase]));
    kill(victim!, 'SIGKILL');
    const answers = await Promise.all(streams.map(async ({ id, speech }) => ({ id, ...(await speech.answer) })));
    const whole = answers.filter(({ complete }) => complete);
    const broken = answers.filter(({ complete }) => !complete);
    expect([...phases.values()]).toEqual(expect.arrayContaining(['queued', 'speaking']));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(broken.map(({ id }) => phases.get(id))).toEqual(broken.map(() => 'speaking'));
    expect(broken.length).toBeGreaterThan(0);
    expect(whole.every(({ bytes }) => hearPcm(bytes).seconds > 4)).toBe(true);
    expect(await restarts()).toBe(before + 1);
  });

  it('is replaced, told of in /health, /metrics and the log, and the next request is served', async () => {
    expect(await speak(server.url, { input: 'Still here.' })).toMatchObject({ status: 200, complete: true });
    await until('both workers are ready', allReady);
    expect(workersOf(server.pid)).toHaveLength(2);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/antiphon_worker_restarts_total\{worker="worker-\d"\} 1/);
    expect(/"cause":"ended by SIGKILL"/.test(server.output())).toBe(true);
    expect((await queueOf(server.url)).requests).toEqual([]);
  });

  it('ends streams of events with an error event that says so', async () => {
    const streams = await manyStreams('events', { count: 10, format: 'sse' });
    kill(workersOf(server.pid)[0]!, 'SIGKILL');
    const answers = await Promise.all(streams.map(({ speech }) => speech.answer));
    const last = answers.map(({ bytes }) => JSON.parse(String(bytes).trimEnd().split('\n\n').at(-1)!.replace(/^data: /, '')) as { type: string; error?: unknown });
    const failed = last.filter(({ type }) => type === 'error');
    expect(answers.every(({ status, complete }) => status === 200 && complete)).toBe(true);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0]).toMatchObject({ error: { code: 'worker_lost', type: 'server_error', param: null } });
    expect(last.filter(({ type }) => type === 'speech.audio.done')).toHaveLength(10 - failed.length);
    await until('both workers are ready', allReady);
  });

  it('and its fellow at the same moment: who had not begun waits for the new ones', async () => {
    const asked = Array.from({ length: 6 }, () => openSpeech(server.url, { input: 'Patience is rewarded.' }));
    for (const pid of workersOf(server.pid)) kill(pid, 'SIGKILL');
    const answers = await Promise.all(asked.map(({ answer }) => answer));
    expect(answers.filter(({ status, complete }) => status === 200 && complete)).toHaveLength(6);
    await until('both workers are ready', allReady);
  });
});

describe('a worker that hangs', () => {
  it('is found by its missing heartbeat and replaced, and who had not begun is served', async () => {
    const before = await restarts();
    const hung = workersOf(server.pid)[0]!;
    kill(hung, 'SIGSTOP');
    const asked = Array.from({ length: 4 }, () => openSpeech(server.url, { input: 'Somebody will answer.' }));
    const answers = await Promise.all(asked.map(({ answer }) => answer));
    expect(answers.map(({ status, complete }) => ({ status, complete }))).toEqual(answers.map(() => ({ status: 200, complete: true })));
    await until('it was replaced', async () => (await restarts()) === before + 1 && (await allReady()));
    expect(workersOf(server.pid)).not.toContain(hung);
    expect(/"cause":"hung: no heartbeat"/.test(server.output())).toBe(true);
  });
});
