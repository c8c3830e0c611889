/** What somebody keeps and does here is his own: two users of one server see nothing of each other, its operator sees who works. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAntiphon } from '../support/run-antiphon.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;
const keys = { anna: '', bert: '', op: '' };
type Who = keyof typeof keys;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' }, prepare: async (dataDir) => {
    const antiphon = async (...args: string[]) => String((await runAntiphon(args, { env: { ANTIPHON_DATA_DIR: dataDir } })).stdout).trim();
    for (const [name, role] of [['anna', 'user'], ['bert', 'user'], ['op', 'operator'], ['me', 'owner']] as const) await antiphon('users', 'create', name, '--role', role);
    for (const name of Object.keys(keys) as Who[]) keys[name] = await antiphon('keys', 'create', '--user', name, '--plan', 'pro');
    await antiphon('keys', 'create', '--user', 'me', '--plan', 'pro');
    return { ANTIPHON_ACCESS_REQUIRE_KEYS: 'always' };
  } });
}, 120_000);
afterAll(() => server?.stop());

const ask = (who: Who, method: string, path: string, body?: object | string) => fetch(`${server.url}${path}`, {
  method,
  headers: { 'x-api-key': keys[who], ...(body === undefined ? {} : { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }) },
  ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
});
const read = async (who: Who, path: string) => (await ask(who, 'GET', path)).json() as Promise<Record<string, { id: string }[]>>;

describe('what is one\'s own', () => {
  it('are pronunciations: listed, spoken and removed by their owner alone', async () => {
    const { id } = await (await ask('anna', 'PUT', '/api/v1/pronunciations', { word: 'Nginx', respelling: 'engine ex' })).json() as { id: string };
    const readingOf = async (who: Who) => JSON.stringify(await (await ask(who, 'POST', '/api/v1/pronounce', { input: 'Nginx.', model: 'piper' })).json());
    expect((await read('anna', '/api/v1/pronunciations'))['pronunciations']).toHaveLength(1);
    expect((await read('bert', '/api/v1/pronunciations'))['pronunciations']).toEqual([]);
    expect(await readingOf('anna')).not.toBe(await readingOf('bert'));
    expect((await ask('bert', 'DELETE', `/api/v1/pronunciations/${id}`)).status).toBe(404);
    expect((await ask('anna', 'DELETE', `/api/v1/pronunciations/${id}`)).status).toBe(204);
  });

  it('are jobs, their files and conversations', async () => {
    const { id } = await (await ask('anna', 'POST', '/api/v1/jobs/speech?model=flite&response_format=mp3&title=Diary', 'A line of a diary.')).json() as { id: string };
    const file = await until('the job is done', async () => (await (await ask('anna', 'GET', `/api/v1/jobs/${id}`)).json() as { files: { url: string }[] }).files[0]?.url);
    expect((await ask('anna', 'GET', file)).status).toBe(200);
    for (const [method, path] of [['GET', `/api/v1/jobs/${id}`], ['GET', file], ['POST', `/api/v1/jobs/${id}/cancel`], ['DELETE', `/api/v1/jobs/${id}`]] as const) expect([method, path, (await ask('bert', method, path)).status]).toEqual([method, path, 404]);
    expect((await read('bert', '/api/v1/jobs'))['jobs']).toEqual([]);
    const session = await (await ask('anna', 'POST', '/api/v1/sessions')).json() as { id: string };
    expect((await ask('bert', 'POST', `/api/v1/sessions/${session.id}/turns`, { text: 'What did she say?' })).status).toBe(404);
  });

  it('are requests: a user sees and ends his own, an operator everybody\'s', async () => {
    const leave = new AbortController();
    const speech = await fetch(`${server.url}/v1/audio/speech`, { method: 'POST', signal: leave.signal, headers: { 'x-api-key': keys.anna, 'content-type': 'application/json' }, body: JSON.stringify({ model: 'flite', voice: 'alloy', response_format: 'pcm', input: 'This goes on and on. '.repeat(180) }) });
    const id = speech.headers.get('x-request-id')!;
    const inFlight = async (who: Who) => (await read(who, '/api/v1/requests'))['requests']!.map((one) => one.id);
    expect([await inFlight('anna'), await inFlight('bert'), await inFlight('op')]).toEqual([[id], [], [id]]);
    expect((await ask('bert', 'DELETE', `/api/v1/requests/${id}`)).status).toBe(404);
    expect(await inFlight('anna')).toEqual([id]);
    expect((await ask('op', 'DELETE', `/api/v1/requests/${id}`)).ok).toBe(true);
    leave.abort();
    const ended = async (who: Who) => (await read(who, '/api/v1/requests/recent'))['requests']!.map((one) => one.id);
    await until('it is written down', async () => (await ended('anna')).includes(id));
    expect([await ended('bert'), (await ended('op')).includes(id)]).toEqual([[], true]);
  });

  it('is what was used', async () => {
    const totals = async (who: Who) => (await read(who, '/api/v1/usage'))['totals']!.length;
    expect([await totals('bert'), (await totals('anna')) > 0, (await totals('op')) > 0]).toEqual([0, true, true]);
    expect((await (await ask('bert', 'GET', '/api/v1/usage.csv')).text()).trim().split('\n')).toHaveLength(1);
  });
});
