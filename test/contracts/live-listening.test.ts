/** The WebSocket /api/v1/listen on a real server: speech goes in as it would from a microphone, words come out. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { queueOf, speak } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

type Message = { readonly type: string; readonly [field: string]: unknown };
type Word = { readonly text: string; readonly start: number; readonly end: number };

const said = ['Nobody in the village had seen such a storm before.', 'The train to the mountains leaves early in the morning.'];
const rateHz = 16_000;

let server: StartedServer;
/** Both sentences with a second and a half of silence behind each. */
let sound: Buffer;

beforeAll(async () => {
  server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '2' } });
  const pause = Buffer.alloc(1.5 * rateHz * 2);
  const parts = await Promise.all(said.map(async (input) => (await ownPcm(input))));
  sound = Buffer.concat(parts.flatMap((part) => [part, pause]));
}, 180_000);
afterAll(() => server.stop());

async function ownPcm(input: string): Promise<Buffer> {
  const response = await fetch(`${server.url}/api/v1/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input, model: 'piper', sample_rate: rateHz }) });
  const lines = (await response.text()).trim().split('\n').map((line) => JSON.parse(line) as { audio?: string });
  return Buffer.concat(lines.map(({ audio = '' }) => Buffer.from(audio, 'base64')));
}

async function connect() {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/listen`);
  const messages: Message[] = [];
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }));
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
  await once(socket, 'open');
  return { socket, messages, closed, send: (message: object) => socket.send(JSON.stringify(message)) };
}

const plain = (text: unknown): string => String(text).toLowerCase().replaceAll(/[^a-z ]/g, '').trim();

describe('live listening', () => {
  it('tells words while they are certain and each utterance when it is complete, none of them twice', async () => {
    const { socket, messages, closed, send } = await connect();
    send({ type: 'start', model: 'tiny.en', sample_rate: rateHz });
    for (let at = 0; at < sound.length; at += 3_200) socket.send(sound.subarray(at, at + 3_200));
    send({ type: 'finish' });
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(messages[0]).toEqual({ type: 'started', model: 'whisper/tiny.en' });
    const utterances = messages.filter(({ type }) => type === 'utterance');
    expect(utterances.map(({ text }) => plain(text))).toEqual(said.map(plain));
    expect(utterances.map(({ utterance, language }) => [utterance, language])).toEqual([[0, 'en'], [1, 'en']]);
    for (const { utterance, words } of utterances as unknown as { utterance: number; words: Word[] }[]) {
      const final = messages.filter((message) => message.type === 'words' && message['utterance'] === utterance).flatMap((message) => message['final'] as Word[]);
      expect(words.slice(0, final.length)).toEqual(final);
      expect(words.every(({ start, end }) => start <= end)).toBe(true);
    }
    const [first, second] = utterances as unknown as { start: number; end: number }[];
    expect(second!.start).toBeGreaterThan(first!.end);
    expect(messages.filter(({ type }) => type === 'speech_started')).toHaveLength(2);
    expect(messages.filter(({ type }) => type === 'speech_ended')).toHaveLength(2);
  });

  it('hears telephone audio, and nothing in silence', async () => {
    const quiet = await connect();
    quiet.send({ type: 'start', model: 'tiny.en', sample_rate: 8_000 });
    quiet.socket.send(Buffer.alloc(8_000 * 2 * 3));
    quiet.send({ type: 'finish' });
    await quiet.closed;
    expect(quiet.messages).toEqual([{ type: 'started', model: 'whisper/tiny.en' }]);
    const phone = await connect();
    phone.send({ type: 'start', model: 'tiny.en', sample_rate: 8_000 });
    const halved = Buffer.concat(Array.from({ length: sound.length / 4 }, (_, i) => sound.subarray(i * 4, i * 4 + 2)));
    phone.socket.send(halved);
    phone.send({ type: 'finish' });
    await phone.closed;
    expect(plain(phone.messages.filter(({ type }) => type === 'utterance').map(({ text }) => text).join(' '))).toContain('village');
  });

  it.each([
    ['sound before the start', [Buffer.alloc(320)], 'input_invalid', 'type'],
    ['a model that nobody knows', [{ type: 'start', model: 'whisper-9' }], 'model_unknown', 'model'],
    ['a language that the model does not understand', [{ type: 'start', model: 'tiny.en', language: 'ja' }], 'language_unknown', 'language'],
    ['a rate that no microphone has', [{ type: 'start', sample_rate: 400 }], 'input_invalid', 'sample_rate'],
    ['an unknown field', [{ type: 'start', modell: 'base' }], 'input_invalid', 'modell'],
    ['half a sample', [{ type: 'start', model: 'tiny.en' }, Buffer.alloc(321)], 'input_invalid', 'audio'],
    ['what is not JSON', ['hello'], 'body_invalid', undefined],
  ] as const)('refuses %s, naming it', async (_, given, code, param) => {
    const { socket, messages, closed } = await connect();
    for (const message of given) socket.send(Buffer.isBuffer(message) || typeof message === 'string' ? message : JSON.stringify(message));
    const { code: closeCode } = await closed;
    const error = messages.find(({ type }) => type === 'error');
    expect(error).toMatchObject({ code, ...(param === undefined ? {} : { param }), message: expect.stringMatching(/.{10}/) as string });
    expect(closeCode).toBe(1008);
  });

  it('is over when the client leaves in mid-sentence', async () => {
    const { socket, send, messages } = await connect();
    send({ type: 'start', model: 'tiny.en' });
    socket.send(sound.subarray(0, 64_000));
    await until('it shows in the queue', async () => (await queueOf(server.url)).requests.some(({ kind }) => kind === 'live'));
    await until('speech was noticed', () => messages.some(({ type }) => type === 'speech_started'));
    socket.terminate();
    await until('nothing is in flight', async () => (await queueOf(server.url)).requests.length === 0);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/antiphon_live_sessions 0/);
    expect((await speak(server.url, { input: 'Still here.' })).status).toBe(200);
  });
});
