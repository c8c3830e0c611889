/** ElevenLabs' stream-input WebSocket with a plain client: the vendor's package has none for it, so its documented messages are sent as they are. */
import WebSocket from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hear, hearPcm } from '../support/hearing.ts';
import { longText, queueOf, streamsOpen } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;
beforeAll(async () => { server = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '2' } }); });
afterAll(() => server.stop());

type Alignment = { chars: string[]; charStartTimesMs: number[]; charDurationsMs: number[] };
type Message = { audio?: string | null; isFinal?: boolean | null; contextId?: string | null; alignment?: Alignment | null; normalizedAlignment?: Alignment | null; error?: string; message?: string; code?: number };
type Session = { socket: WebSocket; messages: Message[]; closed: Promise<{ code: number; reason: string }>; send: (message: unknown) => void };

const rachel = '21m00Tcm4TlvDq8ikWAM';
const opening = { text: ' ', voice_settings: { stability: 0.5, similarity_boost: 0.8 }, generation_config: { chunk_length_schedule: [120, 160, 250, 290] }, 'xi-api-key': 'none' };

async function connect(query = '', { voice = rachel, headers = {}, path = 'stream-input' }: { voice?: string; headers?: Record<string, string>; path?: string } = {}): Promise<Session> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/text-to-speech/${voice}/${path}?model_id=eleven_flash_v2_5${query}`, { headers });
  const messages: Message[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => { socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })); });
  await new Promise<void>((resolve, reject) => { socket.once('open', resolve).once('error', reject); });
  return { socket, messages, closed, send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)) };
}

/** Sends everything, then the end, and waits for the server to close. */
async function converse(texts: readonly unknown[], query = ''): Promise<{ messages: Message[]; audio: Buffer; code: number }> {
  const { messages, closed, send } = await connect(query);
  [opening, ...texts, { text: '' }].forEach(send);
  const { code } = await closed;
  return { messages, code, audio: audioOf(messages) };
}

function audioOf(messages: readonly Message[]): Buffer {
  return Buffer.concat(messages.map(({ audio }) => Buffer.from(audio ?? '', 'base64')));
}

function charactersOf(messages: readonly Message[], which: 'alignment' | 'normalizedAlignment' = 'alignment'): string {
  return messages.flatMap((message) => message[which]?.chars ?? []).join('');
}

const words = ['The ', 'first ', 'words ', 'come ', 'one ', 'by ', 'one. ', 'Then there are more of them, and in the end nothing is lost. ', 'Not even this.'];

describe('stream-input', () => {
  it('speaks text that comes in words, and ends with a last message and code 1000', async () => {
    const { messages, audio, code } = await converse(words.map((text) => ({ text })));
    const { seconds, rms, sampleRateHz } = await hear(audio, 'mp3');
    expect(code).toBe(1000);
    expect(messages.at(-1)).toEqual({ audio: null, isFinal: true, alignment: null, normalizedAlignment: null });
    expect(messages.slice(0, -1).every(({ isFinal }) => isFinal === null)).toBe(true);
    expect(sampleRateHz).toBe(44_100);
    expect(seconds).toBeGreaterThan(5);
    expect(seconds).toBeLessThan(11);
    expect(rms).toBeGreaterThan(0.02);
    expect(charactersOf(messages)).toBe(words.join(''));
    expect(charactersOf(messages, 'normalizedAlignment')).toBe(words.join(''));
  });

  it.each(['mp3_22050_32', 'pcm_16000', 'pcm_44100', 'ulaw_8000', 'alaw_8000', 'opus_48000_64', 'wav_24000'])('is one stream of %s, however many stretches it was made from', async (format) => {
    const [codec, rateHz] = format.split('_');
    const { audio } = await converse([{ text: 'Here is one sentence. ', flush: true }, { text: 'Here is another. ', flush: true }, { text: 'And the last. ' }], `&output_format=${format}`);
    const { seconds, rms } = codec === 'pcm' ? hearPcm(audio, Number(rateHz)) : await hear(audio, codec!);
    expect(seconds).toBeGreaterThan(2.5);
    expect(seconds).toBeLessThan(7);
    expect(rms).toBeGreaterThan(0.02);
  });

  it('says nothing before the first threshold unless it is told to', async () => {
    const { messages, send, closed } = await connect();
    send(opening);
    send({ text: 'Much too short to be said. ' });
    send({ text: 'Still not enough for that. ', try_trigger_generation: true });
    const first = await until('the triggered words are spoken', () => messages.length > 0 && messages[0]);
    expect(first.alignment!.chars.join('')).toBe('Much too short to be said.');
    await until('both sentences are told', () => charactersOf(messages).endsWith('for that.'));
    send({ text: 'Now. ', flush: true });
    await until('the flushed word is told', () => charactersOf(messages).trimEnd().endsWith('Now.'));
    send({ text: '' });
    expect((await closed).code).toBe(1000);
  });

  it('begins at the first threshold while more is still to come', async () => {
    const { messages, send, closed } = await connect();
    send({ ...opening, generation_config: { chunk_length_schedule: [50] } });
    send({ text: `${longText(1)} And ` });
    await until('speech has begun', () => messages.length > 0);
    expect(charactersOf(messages)).toBe(longText(1));
    send({ text: '' });
    await closed;
    expect(charactersOf(messages).trimEnd()).toBe(`${longText(1)} And`);
  });

  it('speaks sentence by sentence in auto mode', async () => {
    const { messages, send, closed } = await connect('&auto_mode=true');
    send(opening);
    for (const token of ['We', ' met', ' Dr.', ' Smith', '.', ' He', ' was']) send({ text: token });
    await until('the sentence is told', () => charactersOf(messages) === 'We met Dr. Smith.');
    send({ text: '' });
    await closed;
    expect(charactersOf(messages)).toBe('We met Dr. Smith. He was');
  });

  it('tells times that add up to the length of the audio, message by message', async () => {
    const { messages, audio } = await converse([{ text: longText(3) }, { text: ' And one, with a pause, at the end.' }], '&output_format=pcm_16000&sync_alignment=true');
    const told = messages.flatMap(({ alignment }) => alignment ?? []);
    for (const { chars, charStartTimesMs: starts, charDurationsMs: durations } of told) {
      expect(starts).toHaveLength(chars.length);
      expect(durations).toHaveLength(chars.length);
      expect([...starts, ...durations].every((ms) => Number.isInteger(ms) && ms >= 0)).toBe(true);
    }
    const total = told.reduce((sum, { charStartTimesMs, charDurationsMs }) => sum + charStartTimesMs.at(-1)! + charDurationsMs.at(-1)!, 0);
    expect(told.length).toBeGreaterThan(3);
    expect(Math.abs(total / 1000 - hearPcm(audio, 16_000).seconds)).toBeLessThan(0.25);
  });

  it('heeds the speed', async () => {
    const lengthAt = async (speed: number) => hearPcm((await converse([{ text: longText(1), voice_settings: { speed } }], '&output_format=pcm_16000')).audio, 16_000).seconds;
    expect(await lengthAt(0.7) / await lengthAt(1.2)).toBeGreaterThan(1.4);
  });

  it('takes markup for markup only where it is asked to', async () => {
    const text = 'One. <break time="2s"/> Two.';
    const marked = await converse([{ text }], '&output_format=pcm_16000&enable_ssml_parsing=true');
    expect(hearPcm(marked.audio, 16_000).seconds).toBeGreaterThan(2.3);
    expect(charactersOf(marked.messages)).toBe(text);
    expect(charactersOf(marked.messages, 'normalizedAlignment')).not.toContain('break');
    const plain = await converse([{ text }]);
    expect(charactersOf(plain.messages, 'normalizedAlignment')).toContain('break');
  });

  it('keeps a break that comes alone for what follows it', async () => {
    const { audio } = await converse([{ text: 'One. ', flush: true }, { text: '<break time="2s"/> ', flush: true }, { text: 'Two. ' }], '&output_format=pcm_16000&enable_ssml_parsing=true');
    expect(hearPcm(audio, 16_000).seconds).toBeGreaterThan(2.3);
  });

  it('passes over what holds nothing to say, and ends well without any text', async () => {
    const { messages, audio, code } = await converse([{ text: '— ', flush: true }, { text: 'Hello. ', flush: true }, { text: '...' }], '&output_format=pcm_16000');
    expect(code).toBe(1000);
    expect(charactersOf(messages)).toBe('— Hello. ');
    expect(hearPcm(audio, 16_000).seconds).toBeLessThan(2);
    const empty = await converse([]);
    expect(empty.messages.at(-1)).toMatchObject({ isFinal: true });
    expect(empty.code).toBe(1000);
  });

  it('ends a client that says nothing, in the vendor\'s words, but none that is listening', async () => {
    const { messages, closed, send } = await connect('&inactivity_timeout=1');
    send(opening);
    send({ text: longText(4), flush: true });
    const { code, reason } = await closed;
    expect(messages.at(-1)).toMatchObject({ error: 'input_timeout_exceeded', code: 1008 });
    expect(code).toBe(1008);
    expect(reason).toContain('Have not received a new text input');
    expect(charactersOf(messages)).toBe(longText(4));
  });

  it('stops the work when the client leaves', async () => {
    const { socket, messages, send } = await connect('', { headers: { 'x-request-id': 'leaving-socket' } });
    send(opening);
    send({ text: longText(40), flush: true });
    await until('speech has begun', () => messages.length > 0);
    expect((await queueOf(server.url)).requests.map(({ id }) => id)).toContain('leaving-socket-1');
    socket.terminate();
    await until('nothing is in flight', async () => (await queueOf(server.url)).requests.length === 0 && await streamsOpen(server.url) === 0);
  });

  it('waits for a client that does not read', async () => {
    const { socket, send } = await connect('&output_format=pcm_48000', { headers: { 'x-request-id': 'slow-socket' } });
    socket.pause();
    send(opening);
    for (let i = 0; i < 20; i++) send({ text: `${longText(10)} ` });
    send({ text: '' });
    const secondsMade = async () => (await queueOf(server.url)).requests.find(({ id }) => id.startsWith('slow-socket'))?.audio_seconds ?? 0;
    // It fills what the network holds and the look-ahead, and then stands still in the midst of the text.
    let before = -1;
    await until('it stands still', async () => {
      const made = await secondsMade();
      const still = made > 0 && made === before;
      before = made;
      await new Promise((resolve) => { setTimeout(resolve, 700); });
      return still;
    });
    expect((await queueOf(server.url)).requests).toHaveLength(1);
    socket.terminate();
    await until('nothing is in flight', async () => (await queueOf(server.url)).requests.length === 0);
  });
});

describe('multi-stream-input', () => {
  const multi = { path: 'multi-stream-input', headers: { 'x-request-id': 'multi-socket' } };
  const ofContext = (messages: readonly Message[], id: string | null) => messages.filter(({ contextId }) => contextId === id);

  it('keeps the contexts apart, and closes when all that was sent is said', async () => {
    const { messages, closed, send } = await connect('&output_format=mp3_22050_32', multi);
    send({ ...opening, context_id: 'one' });
    send({ text: 'Here is the first context. ', context_id: 'one' });
    send({ text: 'And here is the second one. ', context_id: 'two', flush: true });
    send({ text: 'Nobody named this one. ' });
    send({ text: 'It goes on a little. ', context_id: 'one' });
    send({ close_socket: true });
    expect((await closed).code).toBe(1000);
    for (const [id, text] of [['one', 'Here is the first context. It goes on a little. '], ['two', 'And here is the second one. '], [null, 'Nobody named this one. ']] as const) {
      const own = ofContext(messages, id);
      expect(charactersOf(own)).toBe(text);
      expect(own.at(-1)).toEqual({ audio: null, isFinal: true, alignment: null, normalizedAlignment: null, contextId: id });
      expect((await hear(audioOf(own), 'mp3')).seconds).toBeGreaterThan(1);
    }
  });

  it('stops a context that is closed in the midst of its text, and lets its id be used again', async () => {
    const { messages, closed, send } = await connect('', multi);
    send({ ...opening, context_id: 'a', generation_config: { chunk_length_schedule: [50] } });
    send({ text: longText(30), context_id: 'a' });
    await until('speech has begun', () => messages.length > 0);
    send({ context_id: 'a', close_context: true });
    await until('the context has ended', () => messages.at(-1)?.isFinal === true);
    await until('nothing is in flight', async () => (await queueOf(server.url)).requests.length === 0);
    expect(charactersOf(messages).length).toBeLessThan(longText(30).length);
    const before = messages.length;
    send({ text: 'Once more. ', context_id: 'a', flush: true });
    send({ context_id: 'a', close_context: true });
    await until('it has ended again', () => messages.length > before && messages.at(-1)?.isFinal === true);
    expect(charactersOf(messages.slice(before))).toBe('Once more. ');
    send({ close_socket: true });
    expect((await closed).code).toBe(1000);
  });

  it('ends a context that hears nothing for too long, then the connection', async () => {
    const { messages, closed, send } = await connect('&inactivity_timeout=1', multi);
    send({ text: 'Waiting for more', context_id: 'a' });
    expect((await closed).code).toBe(1008);
    expect(messages.map(({ isFinal, error }) => error ?? isFinal)).toEqual([true, 'input_timeout_exceeded']);
  });

  it('takes five contexts and no sixth', async () => {
    const { messages, closed, send } = await connect('', multi);
    for (let i = 0; i < 6; i++) send({ text: ' ', context_id: `context-${i}` });
    expect((await closed).code).toBe(1008);
    expect(messages.at(-1)).toMatchObject({ error: 'invalid_input_message', message: expect.stringContaining('context_id') });
  });
});

describe('refusals in a socket', () => {
  it.each<[string, string, string | undefined, unknown[], string, RegExp]>([
    ['an unknown voice', '', 'nobody', [], 'voice_id_does_not_exist', /voice_id/],
    ['an unknown model', '&model_id=', undefined, [], 'invalid_input_message', /model_id/],
    ['an unknown format', '&output_format=midi', undefined, [], 'invalid_input_message', /output_format/],
    ['too long a timeout', '&inactivity_timeout=181', undefined, [], 'invalid_input_message', /inactivity_timeout/],
    ['an unknown query field', '&colour=red', undefined, [], 'invalid_input_message', /colour/],
    ['another language', '&language_code=xx', undefined, [], 'unsupported_parameter', /speaks/],
    ['what is not JSON', '', undefined, ['nonsense'], 'invalid_input_message', /parse/],
    ['a message without text', '', undefined, [{ flush: true }], 'invalid_input_message', /text/],
    ['a list', '', undefined, [[]], 'invalid_input_message', /object/],
    ['an unknown field', '', undefined, [{ text: ' ', colour: 'red' }], 'invalid_input_message', /colour/],
    ['a schedule of nothing', '', undefined, [{ text: ' ', generation_config: { chunk_length_schedule: [] } }], 'invalid_input_message', /chunk_length_schedule/],
    ['a dictionary', '', undefined, [{ text: ' ', pronunciation_dictionary_locators: [{ id: 'a' }] }], 'unsupported_parameter', /dictionaries/],
  ])('tell what is wrong with %s and close with 1008', async (_name, query, voice, sent, word, message) => {
    const { messages, closed, send } = await connect(query, voice === undefined ? {} : { voice });
    sent.forEach(send);
    expect((await closed).code).toBe(1008);
    expect(messages).toEqual([{ error: word, code: 1008, message: expect.stringMatching(message) }]);
  });

  it.each<[string, string, Record<string, string>, number, string]>([
    ['a page of another origin', '/v1/text-to-speech/x/stream-input', { origin: 'https://evil.example' }, 403, 'host_not_allowed'],
    ['a name that is not this server\'s', '/v1/text-to-speech/x/stream-input', { host: 'evil.example' }, 403, 'host_not_allowed'],
    ['a path without a socket', '/v1/audio/speech', {}, 404, 'route_unknown'],
  ])('come before the socket for %s', async (_name, path, headers, status, code) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, { headers });
    const body = await new Promise<string>((resolve, reject) => {
      socket.once('error', reject).once('open', () => reject(new Error('It was opened.')));
      socket.once('unexpected-response', (_request, response) => {
        expect(response.statusCode).toBe(status);
        let text = '';
        response.on('data', (part: Buffer) => { text += part.toString(); }).on('end', () => resolve(text));
      });
    });
    expect(JSON.parse(body)).toMatchObject({ error: { code } });
  });

  it('do not touch requests that offer another protocol, as some HTTP clients do with all of theirs', async () => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      request(`${server.url}/v1/models`, { headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQCAAAAAAIAAAAA' } }, (response) => { resolve(response.statusCode); response.resume(); }).on('error', reject).end();
    });
    expect(status).toBe(200);
  });

  it('end a message that is larger than any may be', async () => {
    const { closed, send } = await connect();
    send({ text: 'x'.repeat(1_100_000) });
    expect((await closed).code).toBe(1009);
  });
});

describe('a server that stops', () => {
  it('tells the clients that are connected and does not wait for them', async () => {
    const other = await startServer({ env: { ANTIPHON_WORKERS_COUNT: '1' } });
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/v1/text-to-speech/cmu_us_slt/stream-input?model_id=flite`);
    await new Promise<void>((resolve) => { socket.once('open', resolve); });
    const closed = new Promise((resolve) => { socket.once('close', resolve); });
    await other.stop();
    expect(await closed).toBe(1001);
    expect((await other.ended).code).toBe(0);
  });
});
