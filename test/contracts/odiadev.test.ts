/** ODIADEV-TTS' clients against a running server: the calls of its page, its validation script and its runbooks, as they are sent. */
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hear } from '../support/hearing.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';

const run = promisify(execFile);
let server: StartedServer;

beforeAll(async () => { server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } }); });
afterAll(() => server.stop());

/** As `generateSpeech` of its front end calls it. */
async function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${server.url}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-API-Key': 'test-key' }, body: JSON.stringify(body) });
}

const speakable = { text: 'Hello from ODIADEV.', voice_id: 'cmu_us_slt' };

describe('ODIADEV-TTS', () => {
  it.each(['/tts', '/tts/stream'])('speaks as MP3: POST %s', async (path) => {
    const answer = await post(path, speakable);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
    const { seconds, rms } = await hear(new Uint8Array(await answer.arrayBuffer()), 'mp3');
    expect(seconds).toBeGreaterThan(0.8);
    expect(rms).toBeGreaterThan(0.02);
  });

  it.each([undefined, null, 'base', ''])('speaks with the fast voice where voice_id is %s', async (voiceId) => {
    const answer = await post('/tts', { text: 'Hi.', ...(voiceId === undefined ? {} : { voice_id: voiceId }) });
    await answer.arrayBuffer();
    expect(answer.headers.get('x-antiphon-engine')).toBe('piper');
  });

  it('lists voices, each of which speaks', async () => {
    const voices = (await (await fetch(`${server.url}/voices`, { headers: { 'X-API-Key': 'test-key' } })).json()) as { available: string[]; custom: unknown[] };
    expect(voices.available[0]).toBe('base');
    expect(voices.available).toContain('af_heart');
    expect(voices.custom).toEqual([]);
    const answer = await post('/tts', { text: 'Hi.', voice_id: 'cmu_us_rms' });
    await answer.arrayBuffer();
    expect(answer.headers.get('x-antiphon-voice')).toBe('cmu_us_rms');
  });

  it.each([
    ['an empty text', { text: '' }, 400, 'text is required and must be ≤ 800 chars'],
    ['blanks', { text: ' \n ' }, 400, 'text is required and must be ≤ 800 chars'],
    ['801 characters', { text: 'a'.repeat(801) }, 400, 'text is required and must be ≤ 800 chars'],
    ['an unknown voice', { text: 'Hi.', voice_id: 'nobody' }, 400, 'There is no voice of that voice_id; GET /voices lists those that are here.'],
  ])('refuses %s with a sentence', async (_name, body, status, detail) => {
    const answer = await post('/tts', body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ detail });
  });

  it('takes 800 characters, and blanks around them', async () => {
    const answer = await post('/tts/stream', { text: `  ${'Hello there. '.repeat(61)}Hello.  `, voice_id: 'cmu_us_slt' });
    expect(answer.status).toBe(200);
    await answer.body!.cancel();
  });

  it.each([
    ['no text', {}, ['body', 'text'], 'missing'],
    ['a text that is a number', { text: 5 }, ['body', 'text'], 'value_error'],
    ['a field that it does not know', { text: 'Hi.', speed: 2 }, ['body', 'speed'], 'value_error'],
  ])('refuses %s as its framework does', async (_name, body, loc, type) => {
    const answer = await post('/tts', body);
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ detail: [{ loc, type }] });
  });

  it('answers JSON that breaks off in the same shape', async () => {
    const answer = await fetch(`${server.url}/tts`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"text":' });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ detail: [{ loc: ['body'], type: 'json_invalid' }] });
  });

  it('answers the speech line of the runbook\'s checklist', async () => {
    const { stdout } = await run('curl', ['-s', '-X', 'POST', `${server.url}/tts`, '-H', 'X-API-Key: test-key', '-H', 'Content-Type: application/json', '-d', '{"text": "Test request 1"}'], { encoding: 'buffer' });
    expect((await hear(stdout, 'mp3')).rms).toBeGreaterThan(0.02);
  });

  it('answers its validation script byte for byte as Python sends it', async () => {
    const { host, hostname, port } = new URL(server.url);
    const body = '{"text": "Latency test \\u2013 0", "voice_id": null}';
    const socket = connect(Number(port), hostname);
    socket.write(`POST /tts HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: python-requests/2.32.3\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: close\r\nX-API-Key: test-key\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const answer = await readAll(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\ncontent-type: audio\/mpeg\r\n/i);
    expect(answer.endsWith('0\r\n\r\n')).toBe(true);
  });

  it('answers ten at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => post('/tts', { text: `Concurrent test ${i}`, voice_id: 'base' })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  });

  it('answers the health check of the cheat sheet', async () => {
    const { stdout } = await run('curl', ['-s', '-H', 'X-API-Key: invalid-key', `${server.url}/health`]);
    expect(JSON.parse(stdout)).toMatchObject({ status: expect.any(String) as string });
  });
});
