/** What leaves the free lane is marked, in every format and protocol, or does not leave. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createMarker } from '../../src/audio/watermark/marker.ts';
import { fromS16le, toS16le } from '../../src/audio/pcm.ts';
import { dayKey } from '../../src/speech/marking/mark-secrets.ts';
import { freePort, startServer, type StartedServer } from '../support/start-server.ts';
import { until } from '../support/until.ts';

let server: StartedServer;
let freeUrl: string;

beforeAll(async () => {
  const port = await freePort();
  freeUrl = `http://127.0.0.1:${port}`;
  // The cache gives both lanes the very same sentence.
  server = await startServer({ env: { ANTIPHON_LANES_FREE_PORT: String(port), ANTIPHON_WORKERS_COUNT: '1', ANTIPHON_CACHE_ENABLED: 'true', ANTIPHON_LANES_FREE_SPEECH_PER_MINUTE: '1000' } });
}, 120_000);
afterAll(() => server?.stop());

const ask = (url: string, fields: object = {}) => fetch(`${url}/v1/audio/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'piper', input: 'The ferry leaves from the other side of the harbour, at half past seven.', response_format: 'pcm', ...fields }) });
const speak = async (url: string, fields: object = {}): Promise<Buffer> => {
  const answer = await ask(url, fields);
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
};
const secretsPath = () => join(server.dataDir, 'secrets', 'watermark.json');
const lastMark = () => {
  const database = new DatabaseSync(join(server.dataDir, 'antiphon.db'), { readOnly: true });
  try {
    return database.prepare('select * from watermark_marks order by id desc limit 1').get() as { day: string; start_slot: number; payload: number; request_id: string; key_id: string } | undefined;
  } finally {
    database.close();
  }
};
const seconds = async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const of = (name: string) => Number(new RegExp(`${name}\\{lane="free"\\} ([\\d.]+)`).exec(text)?.[1] ?? 0);
  return { owed: of('antiphon_mark_owed_seconds_total'), marked: of('antiphon_marked_seconds_total') };
};
/** Everything that owed a mark since got one. */
const allMarked = async (before: { owed: number }) => {
  const after = await seconds();
  expect(after.owed).toBeGreaterThan(before.owed);
  expect(after.marked).toBeCloseTo(after.owed, 3);
};

describe('the free lane', () => {
  it('gives the sound with the mark that the ledger has of it, fresh or kept, and the priority lane without', async () => {
    // A format that is not resampled on its way out.
    const wav = async (url: string) => (await speak(url, { response_format: 'wav' })).subarray(44);
    const clean = await wav(server.url);
    await expect.poll(async () => (await (await fetch(`${server.url}/api/v1/cache`)).json() as { entries: number }).entries).toBe(1);
    const sound = await wav(freeUrl);
    expect(sound).toHaveLength(clean.length);
    const { keys: [key] } = JSON.parse(await readFile(secretsPath(), 'utf8')) as { keys: { id: string; createdAt: string; secret: string }[] };
    const mark = lastMark()!;
    const marker = createMarker({ sampleRateHz: 22_050, key: dayKey({ ...key!, secret: Buffer.from(key!.secret, 'hex') }, mark.day), payload: mark.payload, startSlot: mark.start_slot });
    const expected = toS16le(Float32Array.from([...marker.mark(fromS16le(clean)), ...marker.end()]));
    // Kept samples come in other pieces, which changes nothing but the last bit here and there.
    const wanted = fromS16le(expected);
    const most = fromS16le(sound).reduce((worst, sample, i) => Math.max(worst, Math.abs(sample - wanted[i]!)), 0);
    expect(most).toBeLessThanOrEqual(1.5 / 32_767);
    expect(sound.equals(clean)).toBe(false);
    expect((await wav(server.url)).equals(clean)).toBe(true);
  }, 60_000);

  it.each([['mp3', /M\0a\0d\0e\0 \0b\0y\0 \0a\0 \0m\0a\0c\0h\0i\0n\0e\0/], ['aac', /M\0a\0d\0e\0 \0b\0y\0/], ['opus', /COMMENT=Made by a machine/], ['flac', /COMMENT=Made by a machine/]])('says in a %s file that a machine made it', async (format, note) => {
    const before = await seconds();
    expect((await speak(freeUrl, { response_format: format })).toString('latin1')).toMatch(note);
    expect((await speak(server.url, { response_format: format })).toString('latin1')).not.toMatch(note);
    await allMarked(before);
  });

  it.each(['wav', 'pcm'])('marks %s, which has no place for a note', async (format) => {
    const before = await seconds();
    expect((await speak(freeUrl, { response_format: format })).equals(await speak(server.url, { response_format: format }))).toBe(false);
    await allMarked(before);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['ElevenLabs\' stream-input', () => new Promise((resolve, reject) => {
      const socket = new WebSocket(`${freeUrl.replace('http', 'ws')}/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/stream-input?model_id=piper&output_format=pcm_22050`);
      socket.on('open', () => { for (const text of [' ', 'Hello from the socket. ', '']) socket.send(JSON.stringify({ text })); });
      socket.on('close', resolve);
      socket.on('error', reject);
    })],
    ['ElevenLabs\' times', async () => (await fetch(`${freeUrl}/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/with-timestamps`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"Hello with times.","model_id":"piper"}' })).json()],
    ['server-sent events', async () => (await ask(freeUrl, { stream_format: 'sse' })).text()],
    ['ODIADEV', async () => (await fetch(`${freeUrl}/tts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"Hello from the older one."}' })).arrayBuffer()],
    ['AutoVoice', async () => (await fetch(`${freeUrl}/api/v1/synthesize`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"Hello from the oldest one."}' })).arrayBuffer()],
  ])('marks what goes out by %s', async (_, speakBy) => {
    const before = await seconds();
    await speakBy();
    await allMarked(before);
  });

  it('marks the files of a job, and says so in them', async () => {
    const body = JSON.stringify({ input: 'A short book. It has two sentences.', model: 'piper', response_format: 'wav' });
    const submit = async (url: string) => {
      const { id } = await (await fetch(`${url}/api/v1/jobs/speech`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json() as { id: string };
      type Progress = { state: string; files: { name: string }[] };
      const job = await until('the book is read', async () => {
        const seen = await (await fetch(`${url}/api/v1/jobs/${id}`)).json() as Progress;
        return seen.state === 'done' && seen;
      });
      return Buffer.from(await (await fetch(`${url}/api/v1/jobs/${id}/files/${encodeURIComponent(job.files[0]!.name)}`)).arrayBuffer()).toString('latin1');
    };
    const markedBefore = lastMark()!.request_id;
    expect(await submit(server.url)).not.toMatch(/Made by a machine/);
    expect(lastMark()!.request_id).toBe(markedBefore);
    expect(await submit(freeUrl)).toMatch(/ICMT.{4}Made by a machine/s);
    expect(lastMark()!.request_id).not.toBe(markedBefore);
  }, 60_000);
});

describe('where no mark can be made', () => {
  it('nothing leaves the free lane, the priority lane goes on, health says what to mend, and mended it goes on at once', async () => {
    const secrets = await readFile(secretsPath());
    await writeFile(secretsPath(), 'broken');
    const refused = await ask(freeUrl);
    expect([refused.status, await refused.json()]).toEqual([503, { error: expect.objectContaining({ code: 'mark_unavailable', message: expect.stringContaining('damaged') }) }]);
    expect((await ask(server.url)).status).toBe(200);
    const { components } = await (await fetch(`${server.url}/health`)).json() as { components: { marks: object } };
    expect(components.marks).toMatchObject({ status: 'warn', message: expect.stringContaining('nothing leaves the free lane') });
    await writeFile(secretsPath(), secrets);
    expect((await ask(freeUrl)).status).toBe(200);
  });
});
