/** Recordings on a real server while workers die, clients leave and others wait. Needs Linux' /proc. */
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf, workersOf } from '../support/processes.ts';
import { openTranscription, transcribeFile, type HeardEvent } from '../support/listening-client.ts';
import { queueOf, speak } from '../support/speech-client.ts';
import { startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

const sentences = [
  'The little boat sailed slowly across the quiet lake.', 'Nobody in the village had seen such a storm before.', 'She opened the window and listened to the birds in the garden.',
  'The train to the mountains leaves early in the morning.', 'He wrote a long letter to his brother in the city.', 'They bought bread, butter and cheese at the market.',
];

let server: StartedServer;
let folder: string;
/** A minute and a half of speech, and a sentence. */
let lecture: string;
let sentence: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'antiphon-listening-'));
  server = await startServer({ env: {
    ANTIPHON_WORKERS_COUNT: '2',
    ANTIPHON_WORKERS_HEARTBEAT_INTERVAL_MS: '200',
    ANTIPHON_WORKERS_RESTART_BACKOFF_MS: '100',
    ANTIPHON_TRANSCRIPTION_PIECE_SECONDS: '4',
  } });
  [lecture, sentence] = [join(folder, 'lecture.wav'), join(folder, 'sentence.wav')];
  await writeFile(lecture, (await speak(server.url, { input: Array.from({ length: 4 }, () => sentences.join(' ')).join(' '), response_format: 'wav' })).bytes);
  await writeFile(sentence, (await speak(server.url, { input: sentences[0]!, response_format: 'wav' })).bytes);
  // Writes the graphs where this machine has none yet, and loads the model into a worker.
  await transcribeFile(server.url, sentence, { model: 'tiny.en' });
}, 180_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const partsOf = (events: readonly HeardEvent[]) => events.filter(({ name }) => name === 'part');
const words = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? [];
const decoders = () => childrenOf(server.pid, 'decode-process');

describe('a recording', () => {
  it('is heard to its end, word for word, though the worker that hears it is killed', async () => {
    const whole = await transcribeFile(server.url, lecture, { model: 'tiny.en' });
    const call = openTranscription(server.url, lecture, { model: 'tiny.en' });
    await until('some of it has been heard', () => partsOf(call.events).length >= 2);
    kill(workersOf(server.pid)[0]!, 'SIGKILL');
    const text = await call.text;
    expect(words(text)).toEqual(words(whole));
    expect(words(text).length).toBeGreaterThan(180);
    await until('both workers serve again', () => workersOf(server.pid).length === 2);
  });

  it('lets somebody who has said a sentence go first', async () => {
    const alone = await transcribeFile(server.url, sentence, { model: 'tiny.en' });
    const long = openTranscription(server.url, lecture, { model: 'tiny.en' });
    await until('it is being heard', () => partsOf(long.events).length >= 1);
    const before = partsOf(long.events).length;
    const text = await transcribeFile(server.url, sentence, { model: 'tiny.en' });
    const after = partsOf(long.events).length;
    await long.text;
    expect(text).toBe(alone);
    expect(words(text)).toEqual(expect.arrayContaining(['the', 'little', 'boat']));
    // Those that were being heard, one a worker, and what was done while the sentence was sent and decoded.
    expect(after - before).toBeLessThanOrEqual(6);
    expect(partsOf(long.events).length).toBeGreaterThan(after + 3);
  });

  it('is dropped when its client leaves: no process, no file and no work is left', async () => {
    const leave = new AbortController();
    const call = openTranscription(server.url, lecture, { model: 'tiny.en', signal: leave.signal });
    call.text.catch(() => undefined);
    await until('it is being heard', () => partsOf(call.events).length >= 1);
    leave.abort();
    await until('nothing is in flight', async () => (await queueOf(server.url)).requests.length === 0);
    // One is kept ready for the next file.
    await until('its decoder has ended', () => decoders().length <= 1);
    expect(await readdir(join(server.dataDir, 'uploads'))).toEqual([]);
  });

  it('shows in the queue, can be cancelled there, and is told of in the metrics', async () => {
    const call = openTranscription(server.url, lecture, { model: 'tiny.en' });
    const request = await until('it shows', async () => (await queueOf(server.url)).requests.find(({ kind }) => kind === 'transcription'));
    expect(request).toMatchObject({ model: 'whisper/tiny.en', voice: null });
    expect((await fetch(`${server.url}/api/v1/requests/${request.id}`, { method: 'DELETE' })).status).toBe(202);
    await expect(call.text).rejects.toThrow('cancelled');
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/antiphon_transcription_requests_total\{model="whisper\/tiny\.en",outcome="ok"\} \d/);
    expect(metrics).toMatch(/antiphon_transcription_requests_total\{model="whisper\/tiny\.en",outcome="cancelled"\} \d/);
  });

  it('of nothing but silence holds no words, and its end is found', async () => {
    const silent = join(folder, 'silent.wav');
    const header = (await readFile(sentence)).subarray(0, 44);
    await writeFile(silent, Buffer.concat([header, Buffer.alloc(22_050 * 2 * 300)]));
    const call = openTranscription(server.url, silent, { model: 'tiny.en' });
    expect(await call.text).toBe('');
    expect(call.events.at(-1)!.data).toMatchObject({ duration_seconds: 300, speech_seconds: 0, language: 'en' });
  });
});
