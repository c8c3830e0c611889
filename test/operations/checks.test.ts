/** The daily checks and housekeeping, by command and over HTTP, with a server and without one. */
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAntiphon } from '../support/run-antiphon.ts';
import { freePort, startServer, type StartedServer } from '../support/start-server.ts';

let dataDir: string;
let server: StartedServer;
let env: Record<string, string>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'antiphon-checks-'));
  const ports = { server: await freePort(), priority: await freePort(), free: await freePort() };
  env = { ANTIPHON_DATA_DIR: dataDir, ANTIPHON_SERVER_PORT: String(ports.server), ANTIPHON_LANES_PRIORITY_PORT: String(ports.priority), ANTIPHON_LANES_FREE_PORT: String(ports.free), ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_CACHE_ENABLED: 'true' };
  server = await startServer({ env });
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

type Point = { what: string; state: string; figure: string; remedy?: string | null };
const antiphon = (...args: string[]) => runAntiphon(args, { env });
const checked = async (time: string): Promise<{ points: Point[]; code: number | null }> => {
  const { stdout, code } = await antiphon('check', time, '--json');
  return { points: (JSON.parse(String(stdout)) as { points: Point[] }).points, code };
};
const speak = async () => (await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'flite', input: 'Good morning.', response_format: 'wav' }) })).arrayBuffer();

describe('the morning check', () => {
  it('asks every lane, and passes on a house that does well', async () => {
    const { points, code } = await checked('morning');
    expect(points.map(({ what }) => what)).toEqual(['Health of the main port', 'Health of the priority lane', 'Health of the free lane', 'Faults in the last 24 hours', 'GPU use below 80 %', 'Cache hit rate above 35 %', 'Storage use below 80 %']);
    // Models that are still being fetched are warned of, and the disk is this machine's own.
    expect(points.slice(3, 6).map(({ state }) => state)).toEqual(['pass', 'pass', 'pass']);
    expect(points.slice(0, 3).every(({ state }) => state !== 'fail')).toBe(true);
    expect(code).toBe(points.some(({ state }) => state === 'fail') ? 1 : 0);
  });

  it('prints each point with its verdict and its figure, and counts them', async () => {
    const { stdout } = await antiphon('check', 'morning');
    expect(String(stdout)).toMatch(/^(pass|warn) {2}Health of the main port: /);
    expect(String(stdout)).toMatch(/\npass {2}Faults in the last 24 hours: \d+ of \d+ requests\n/);
    expect(String(stdout)).toMatch(/\d pass, \d warn, \d fail\n$/);
  });

  it('knows no other time of the day', async () => {
    expect((await antiphon('check', 'noon')).code).toBe(2);
    expect((await fetch(`${server.url}/api/v1/operations/checks/noon`, { method: 'POST' })).status).toBe(400);
  });
});

describe('the evening check', () => {
  it('tells the figures of the day, what was turned, and what was cleaned up, over HTTP too', async () => {
    await fetch(`${server.url}/api/v1/switches/small-model`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"value":"on"}' });
    const { points } = await (await fetch(`${server.url}/api/v1/operations/checks/evening`, { method: 'POST' })).json() as { points: Point[] };
    expect(points[0]).toMatchObject({ what: 'Clean-up', state: 'pass' });
    expect(points.find(({ what }) => what === 'Switches as usual')).toMatchObject({ state: 'warn', figure: 'small-model is on', remedy: expect.stringContaining('antiphon switches') });
    await fetch(`${server.url}/api/v1/switches/small-model`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"value":"off"}' });
  });
});

describe('housekeeping', () => {
  const old = new Date(Date.now() - 25 * 3_600_000);
  const lay = async (path: string, at: Date) => {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, 'x'.repeat(1_000));
    await utimes(path, at, at);
  };

  it('removes what belongs to nobody any more and is old enough, tells before what would go, and leaves the rest', async () => {
    const uploads = join(dataDir, 'uploads');
    const gone = 4_000_000;
    await lay(join(uploads, `a.${gone}.upload`), old);
    await lay(join(uploads, `young.${gone}.upload`), new Date());
    await lay(join(uploads, `owned.${process.pid}.upload`), old);
    await lay(join(uploads, 'somebody-else.txt'), old);
    await lay(join(dataDir, 'jobs', 'job_forgotten', 'source.txt'), old);
    await utimes(join(dataDir, 'jobs', 'job_forgotten'), old, old);
    const body = JSON.stringify({ input: 'A job that is known.', model: 'flite' });
    const { id } = await (await fetch(`${server.url}/api/v1/jobs/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json() as { id: string };
    await utimes(join(dataDir, 'jobs', id), old, old);

    const dry = await antiphon('cleanup', '--dry-run');
    expect(String(dry.stdout)).toMatch(/ 1 +0\.0 MB {2}uploads older than 24 h/);
    expect(String(dry.stdout)).toMatch(/2 would go, 0\.0 MB\.\n$/);
    expect(await readdir(uploads)).toHaveLength(4);

    const report = await (await fetch(`${server.url}/api/v1/operations/housekeeping`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json() as { items: number; bytes: number };
    expect(report).toMatchObject({ dry_run: false, items: 2, bytes: 2_000 });
    expect((await readdir(uploads)).toSorted()).toEqual([`owned.${process.pid}.upload`, 'somebody-else.txt', `young.${gone}.upload`]);
    expect((await stat(join(dataDir, 'jobs', id))).isDirectory()).toBe(true);
    await expect(stat(join(dataDir, 'jobs', 'job_forgotten'))).rejects.toThrow();
    expect(await (await fetch(`${server.url}/api/v1/operations/housekeeping`)).json()).toMatchObject({ last: { items: 2 } });
  });
});

describe('what the house noted of itself', () => {
  it('outlives the server, and is told without one', async () => {
    for (let round = 0; round < 4; round++) await speak();
    process.kill(server.pid, 'SIGTERM');
    await server.ended;
    const { points, code } = await checked('evening');
    const figure = (start: string) => points.find(({ what }) => what.startsWith(start))?.figure;
    expect(figure('Median time of a speech request')).toMatch(/^0\.\d\d s$/);
    expect(figure('Sentences found in the cache')).toBe('75.0 %');
    expect(code).toBe(points.some(({ state }) => state === 'fail') ? 1 : 0);
    const morning = await checked('morning');
    expect(morning.code).toBe(1);
    expect(morning.points[0]).toMatchObject({ state: 'fail', figure: expect.stringContaining('nobody answers'), remedy: expect.stringContaining('npm start') });
    server = await startServer({ env });
    const { kpis } = await (await fetch(`${server.url}/api/v1/operations/kpis?hours=1`)).json() as { kpis: { id: string; shown: string; state: string }[] };
    expect(kpis.find(({ id }) => id === 'cache')).toMatchObject({ shown: '75.0 %', state: 'pass' });
    expect(kpis.find(({ id }) => id === 'marked')).toMatchObject({ shown: '–', state: 'none' });
    const { points: course } = await (await fetch(`${server.url}/api/v1/operations/series?hours=1`)).json() as { points: { requests: number | null }[] };
    expect(course).toHaveLength(120);
    expect(course.reduce((sum, { requests }) => sum + (requests ?? 0), 0)).toBeGreaterThanOrEqual(4);
    expect((await fetch(`${server.url}/api/v1/operations/kpis?hours=1000`)).status).toBe(400);
  }, 60_000);
});
