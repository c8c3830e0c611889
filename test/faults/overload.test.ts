/** More than the server may hold: refused at once with a time to come back, while what was taken is served. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { healthOf, longText, openSpeech, queueOf, speak } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_WORKERS_MAX_STREAMS: '1', ANTIPHON_WORKERS_MAX_WAITING: '2' } });
});
afterAll(() => server.stop());

describe('a full queue', () => {
  it('refuses with 429 and a time to come back, and serves everybody it had taken', async () => {
    const taken = [openSpeech(server.url, { input: longText(6) })];
    await taken[0]!.begun;
    for (let waiting = 1; waiting <= 3 && (await queueOf(server.url)).waiting_sentences < 2; waiting++) {
      taken.push(openSpeech(server.url, { input: 'Hello.' }));
      await until('it is in the list', async () => (await queueOf(server.url)).requests.length === taken.length);
    }
    await until('the queue is full', async () => (await queueOf(server.url)).waiting_sentences >= 2);
    // Together: who is waiting is served meanwhile.
    const [refused, health] = await Promise.all([speak(server.url, { input: 'Too late.' }), healthOf(server.url)]);
    const answers = await Promise.all(taken.map(({ answer }) => answer));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(String(refused.bytes))).toMatchObject({ error: { code: 'rate_limit_exceeded', type: 'rate_limit_error', param: null } });
    expect(health.components['queue']).toMatchObject({ status: 'warn' });
    expect(answers.every(({ status, complete }) => status === 200 && complete)).toBe(true);
  });

  it('takes requests again once it has room', async () => {
    await until('the queue is empty', async () => (await queueOf(server.url)).requests.length === 0);
    expect(await speak(server.url, { input: 'In time.' })).toMatchObject({ status: 200, complete: true });
    expect((await healthOf(server.url)).status).toBe('pass');
  });
});
