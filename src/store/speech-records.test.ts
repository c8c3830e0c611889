import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createVirtualClock, settle } from '../../test/support/virtual-clock.ts';
import { createSilentLogger } from '../telemetry/logger.ts';
import { openDatabase } from './database.ts';
import { createRecordWriter } from './record-writer.ts';
import { createSpeechRecords, type SpeechRecordTable } from './speech-records.ts';
import { createTranscriptionRecords, type TranscriptionRecordTable } from './transcription-records.ts';

const row = (id: string, owner = 'local', endedAt = '2026-11-23T10:00:00.000Z'): SpeechRecordTable => ({ request_id: id, owner, ended_at: endedAt, engine: 'piper', voice: 'joe', format: 'mp3', characters: 10, audio_seconds: 1.5, first_audio_ms: 80, duration_ms: 200, outcome: 'ok' });

function setUp() {
  const dataDir = mkdtempSync(join(tmpdir(), 'antiphon-store-'));
  const clock = createVirtualClock();
  const open = async () => {
    const database = await openDatabase({ dataDir });
    const records = createSpeechRecords(database);
    return { database, records, writer: createRecordWriter({ write: records.write, clock, log: createSilentLogger() }) };
  };
  return { open, clock };
}

describe('speech records', () => {
  it('are written in a batch a moment later, and shown newest first', async () => {
    const { open, clock } = setUp();
    const { database, records, writer } = await open();
    writer.add(row('a', 'local', '2026-11-23T10:00:00.000Z'));
    writer.add(row('b', 'local', '2026-11-23T10:00:01.000Z'));
    expect(await records.recent({ owner: 'local', limit: 10 })).toEqual([]);
    await clock.advance(1_000);
    await settle();
    expect((await records.recent({ owner: 'local', limit: 10 })).map(({ request_id: id }) => id)).toEqual(['b', 'a']);
    await writer.close();
    await database.destroy();
  });

  it('are on disk when the writer has closed, and there after a restart', async () => {
    const { open } = setUp();
    const first = await open();
    first.writer.add(row('a'));
    await first.writer.close();
    await first.database.destroy();
    const second = await open();
    expect(await second.records.recent({ owner: 'local', limit: 10 })).toEqual([row('a')]);
    await second.writer.close();
    await second.database.destroy();
  });

  it('of a busy second are all written, and of an id that was used twice the later', async () => {
    const { open } = setUp();
    const { database, records, writer } = await open();
    for (let index = 0; index < 333; index++) writer.add(row(`request-${index}`));
    writer.add({ ...row('request-7'), outcome: 'cancelled' });
    await writer.close();
    const all = await records.recent({ owner: 'local', limit: 1_000 });
    expect(all).toHaveLength(333);
    expect(all.find(({ request_id: id }) => id === 'request-7')?.outcome).toBe('cancelled');
    await database.destroy();
  });

  it('belong to their owner', async () => {
    const { open } = setUp();
    const { database, records, writer } = await open();
    writer.add(row('mine', 'me'));
    writer.add(row('yours', 'you'));
    await writer.close();
    expect((await records.recent({ owner: 'me', limit: 10 })).map(({ request_id: id }) => id)).toEqual(['mine']);
    await database.destroy();
  });

  it('take a request id that was used twice: the later outcome stands', async () => {
    const { open } = setUp();
    const { database, records, writer } = await open();
    writer.add(row('same'));
    writer.add({ ...row('same'), outcome: 'cancelled' });
    await writer.close();
    expect(await records.recent({ owner: 'local', limit: 10 })).toMatchObject([{ request_id: 'same', outcome: 'cancelled' }]);
    await database.destroy();
  });
});

describe('transcription records', () => {
  it('are kept as they are, those without a language too, and belong to their owner', async () => {
    const database = await openDatabase({ dataDir: mkdtempSync(join(tmpdir(), 'antiphon-store-')) });
    const records = createTranscriptionRecords(database);
    const mine: TranscriptionRecordTable = { request_id: 'mine', owner: 'me', ended_at: '2026-11-23T10:00:00.000Z', model: 'whisper/base', language: null, audio_seconds: 12.5, speech_seconds: 0, duration_ms: 300, outcome: 'ok' };
    await records.write([mine, { ...mine, request_id: 'yours', owner: 'you' }, { ...mine, outcome: 'cancelled' }]);
    expect(await records.recent({ owner: 'me', limit: 10 })).toEqual([{ ...mine, outcome: 'cancelled' }]);
    await database.destroy();
  });
});

describe('opening the database', () => {
  it('works for several at once in a folder that is new to all of them', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'antiphon-store-'));
    const script = `import { openDatabase } from '${new URL('./database.ts', import.meta.url).href}'; await (await openDatabase({ dataDir: '${dataDir}' })).destroy();`;
    const codes = await Promise.all(Array.from({ length: 6 }, () => new Promise((resolve) => {
      spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { stdio: 'inherit' }).once('exit', resolve);
    })));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
