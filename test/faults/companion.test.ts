/** Spoken conversations on real models: what is heard, answered and spoken, and what becomes of them on bad days. Needs Linux' /proc. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hear } from '../support/hearing.ts';
import { workersOf } from '../support/processes.ts';
import { queueOf, speak } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { readEvents, startSession, turnForm, type WireEvent } from '../support/turn-client.ts';
import { until } from '../support/until.ts';

let server: StartedServer;
let dataDir: string;
let question: Buffer;
let speechWorkers: readonly number[];

const env = () => ({ ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_DATA_DIR: dataDir, ANTIPHON_COMPANION_MAX_REPLY_TOKENS: '60', ANTIPHON_CHAINS_CHAT: 'local' });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'antiphon-companion-'));
  server = await startServer({ env: env() });
  speechWorkers = workersOf(server.pid);
  question = (await speak(server.url, { input: 'How are you this morning?', response_format: 'wav' })).bytes;
});
afterAll(async () => {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function take(sessionId: string, text: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${server.url}/api/v1/sessions/${sessionId}/turns`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }), ...(signal === undefined ? {} : { signal }) });
}

async function firstOf(events: AsyncGenerator<WireEvent>, name: string): Promise<WireEvent> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error(`There was no event "${name}".`);
    if (value.event === name) return value;
  }
}

async function soundOf(path: unknown): Promise<Buffer> {
  return Buffer.from(await (await fetch(`${server.url}${String(path)}`)).arrayBuffer());
}

const idle = () => until('nothing is in flight', async () => (await queueOf(server.url)).requests.length === 0);

describe('a spoken conversation on this machine alone', () => {
  it('hears a question, answers it, and says the answer', async () => {
    const answer = await fetch(`${server.url}/api/v1/voice/process`, { method: 'POST', body: turnForm(question, { session_id: await startSession(server.url) }) });
    const body = (await answer.json()) as Record<string, string>;
    expect(body).toMatchObject({ transcript: expect.stringMatching(/how are you this morning/i), provider: 'local' });
    const { seconds, rms } = await hear(await soundOf(body['audio_url']), 'mp3');
    expect(body['text']!.length).toBeGreaterThan(0);
    // From hurried to slow: what was written is what is heard.
    expect(seconds).toBeGreaterThan(body['text']!.length / 30);
    expect(rms).toBeGreaterThan(0.01);
  });

  it('speaks before the model has finished', async () => {
    // How much a model of this size has to say is a matter of chance; of several stories one is long enough to be heard while it is written.
    let overlapped = false;
    for (let story = 0; story < 8 && !overlapped; story++) {
      const names = (await Array.fromAsync(readEvents(await take(await startSession(server.url), 'Tell me a long story about a fox, a bear and a river.')))).map(({ event }) => event);
      expect(names).toContain('audio');
      overlapped = names.indexOf('audio') < names.lastIndexOf('text');
    }
    expect(overlapped).toBe(true);
  });

  it('is refused a recording in which nobody speaks', async () => {
    const silence = Buffer.concat([question.subarray(0, 44), Buffer.alloc(question.length - 44)]);
    const answer = await fetch(`${server.url}/api/v1/voice/process`, { method: 'POST', body: turnForm(silence, { session_id: await startSession(server.url) }) });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ details: { code: 'audio_silent' } });
  });

  it('is refused what is no recording', async () => {
    const answer = await fetch(`${server.url}/api/v1/voice/process`, { method: 'POST', body: turnForm(Buffer.from('not a sound'), { session_id: await startSession(server.url) }) });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'validation_error', details: { code: 'audio_unreadable' } });
  });
});

describe('a client that leaves in the middle of a reply', () => {
  it('frees model and voice at once, and leaves no file', async () => {
    let left: string[] = [];
    // A model of this size sometimes says a single sentence, all of which is spoken before anybody can leave.
    for (let attempt = 0; attempt < 5; attempt++) {
      await idle();
      const before = new Set(await readdir(join(dataDir, 'replies')));
      const leaving = new AbortController();
      const events = readEvents(await take(await startSession(server.url), 'Tell me a very long story about the sea.', leaving.signal));
      await firstOf(events, 'audio');
      leaving.abort();
      await idle();
      left = (await readdir(join(dataDir, 'replies'))).filter((name) => !before.has(name));
      if (left.length === 0) break;
    }
    expect(left).toEqual([]);
  });
});

describe('a language worker that is killed in mid-answer', () => {
  it('ends the turn with its error; what was spoken is whole sound, and the session goes on', async () => {
    const sessionId = await startSession(server.url);
    const events = readEvents(await take(sessionId, 'Tell me a very long story about the sea.'));
    const audio = await firstOf(events, 'audio');
    const sound = soundOf(audio.data['audio_url']);
    for (const pid of workersOf(server.pid).filter((one) => !speechWorkers.includes(one))) kill(pid, 'SIGKILL');
    const rest = await Array.fromAsync(events);
    expect(rest.at(-1)).toMatchObject({ event: 'error', data: { error: { code: 'worker_lost' } } });
    expect((await hear(await sound, 'mp3')).seconds).toBeGreaterThan(0.3);
    const again = await Array.fromAsync(readEvents(await take(sessionId, 'Hello again.')));
    expect(again.at(-1)).toMatchObject({ event: 'done' });
  });
});

describe('a server that is killed', () => {
  it('knows its sessions and spoken replies when it comes back', async () => {
    const sessionId = await startSession(server.url);
    const events = await Array.fromAsync(readEvents(await take(sessionId, 'Hello.')));
    const path = events.find(({ event }) => event === 'audio')!.data['audio_url'];
    const before = await soundOf(path);
    kill(server.pid, 'SIGKILL');
    await server.ended;
    server = await startServer({ env: env() });
    expect((await soundOf(path)).equals(before)).toBe(true);
    expect((await Array.fromAsync(readEvents(await take(sessionId, 'Are you still there?')))).at(-1)!.event).toBe('done');
  });
});
