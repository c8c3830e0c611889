import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);

let server: StartedServer;
let ports: { readonly priority: number; readonly free: number };
beforeAll(async () => {
  ports = { priority: await freePort(), free: await freePort() };
  server = await startServer({ env: {
    ANTIPHON_LANES_PRIORITY_PORT: String(ports.priority), ANTIPHON_LANES_FREE_PORT: String(ports.free),
    ANTIPHON_LANES_FREE_MAX_WAITING: '2', ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_WORKERS_MAX_STREAMS: '2',
    ANTIPHON_LANES_FREE_SPEECH_PER_MINUTE: '10000',
  } });
}, 120_000);
afterAll(() => server?.stop());

/** A line of the on-call cheat sheet, on the ports of this server. */
async function curl(line: string): Promise<unknown> {
  const [, url, path] = /^curl -s (\S+)(?: \| jq(?: '\.(\w+)')?)?$/.exec(line)!;
  const { stdout } = await run('curl', ['-s', url!.replace('https://api.odia.dev', `http://localhost:${ports.priority}`).replace(':8000', `:${ports.priority}`).replace(':8001', `:${ports.free}`)]);
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  return path === undefined ? answer : answer[path];
}

const speech = (text: string) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'piper', input: text, response_format: 'wav' }) });
const speak = (lane: keyof typeof ports, text: string, signal?: AbortSignal) => fetch(`http://127.0.0.1:${ports[lane]}/v1/audio/speech`, { ...speech(text), ...(signal === undefined ? {} : { signal }) });

describe('the cheat sheet\'s lines', () => {
  it.each([['8000', 'priority'], ['8001', 'free']])('say which lane port %s is', async (port, lane) => {
    expect(await curl(`curl -s http://localhost:${port}/whoami | jq`)).toEqual({ lane });
  });

  it.each(['http://localhost:8000', 'http://localhost:8001', 'https://api.odia.dev'])('show the health of %s', async (origin) => {
    expect(await curl(`curl -s ${origin}/health | jq`)).toMatchObject({ status: expect.stringMatching(/pass|warn/), components: { workers: { status: 'pass' } } });
  });

  it.each(['http://localhost:8000', 'http://localhost:8001', 'https://api.odia.dev'])('show the metrics of %s', async (origin) => {
    expect(await curl(`curl -s ${origin}/metrics | jq`)).toMatchObject({ total_requests: expect.any(Number), cache_hit_rate: expect.any(Number), average_latency: expect.any(Number), error_count: expect.any(Number), cache_hits: expect.any(Number) });
  });

  it.each(['cache_hit_rate', 'average_latency', 'error_count'])('give %s as a number', async (name) => {
    expect(await curl(`curl -s http://localhost:8000/metrics | jq '.${name}'`)).toEqual(expect.any(Number));
  });
});

describe('a lane', () => {
  it('counts its own requests and how long they took', async () => {
    const before = await curl('curl -s http://localhost:8001/metrics | jq') as { total_requests: number };
    const answer = await speak('free', 'Good morning.');
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    await until('it is counted', async () => ((await curl('curl -s http://localhost:8001/metrics | jq')) as { total_requests: number }).total_requests === before.total_requests + 1);
    expect(await curl('curl -s http://localhost:8001/metrics | jq')).toMatchObject({ lane: 'free', average_latency: expect.any(Number), error_count: 0 });
    expect(await curl('curl -s http://localhost:8000/metrics | jq')).toMatchObject({ lane: 'priority', total_requests: 0 });
  });

  it('gives OpenMetrics of the whole server to whoever asks for text', async () => {
    const answer = await fetch(`http://127.0.0.1:${ports.free}/metrics`, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
    expect(answer.headers.get('content-type')).toContain('openmetrics-text');
    expect(await answer.text()).toContain('antiphon_lane_waiting');
  });

  it('that is full refuses before it has read a body, while the other serves', async () => {
    const leaving = new AbortController();
    const long = 'It rained all day in the old town by the sea, and nobody went out. '.repeat(40);
    // More than one worker with two places, of which one is the free lane's, begins with: two wait, and that is all the lane holds.
    const waiting = Array.from({ length: 4 }, () => speak('free', long, leaving.signal).then((answer) => answer.arrayBuffer()).catch(() => undefined));
    try {
      await until('the lane is full', async () => (await curl("curl -s http://localhost:8001/metrics | jq '.queue_depth'")) === 2);
      const refused = await headersOnly(ports.free);
      expect(refused).toMatch(/^HTTP\/1\.1 429 /);
      expect(refused).toMatch(/\r\nretry-after: \d+\r\n/i);
      expect(refused).toContain('rate_limit_exceeded');
      const served = await speak('priority', 'Good morning.');
      expect(served.status).toBe(200);
      await served.arrayBuffer();
    } finally {
      leaving.abort();
      await Promise.all(waiting);
    }
  });
});

/** Announces a body and never sends it; resolves with what is answered all the same. */
function headersOnly(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('POST /v1/audio/speech HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n'));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (answer.includes('"code"')) socket.end(() => resolve(answer));
    });
    socket.on('error', reject);
  });
}
