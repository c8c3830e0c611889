import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slotsPerBlock } from '../../audio/watermark/bands.ts';
import { toMarkBook } from '../../build-marks.ts';
import { localCaller, type Caller } from '../../caller.ts';
import { loadConfig } from '../../config/load-config.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import { createWatermarkMarks } from '../../store/watermark-marks.ts';
import { owesMark } from './mark-policy.ts';
import { createSpeechMarks, marked, mostSecondsOf } from './speech-marks.ts';

const { plans } = loadConfig({ environment: {} }).config;
const caller = (lane: Caller['lane'], plan?: string): Caller => ({ ...localCaller, owner: 'anna', keyId: 'key_1', lane, plan: plan === undefined ? undefined : { ...plans[plan]!, id: plan } });
const secret = { id: 'mark_1', createdAt: '', secret: new Uint8Array(32).fill(7) };

let dataDir: string;
let database: Database;
let at = '2026-12-01T23:59:59Z';

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'antiphon-marks-'));
  database = await openDatabase({ dataDir });
});
afterEach(async () => {
  await database.destroy();
  await rm(dataDir, { recursive: true });
});

const open = () => createSpeechMarks({ secrets: async () => [secret], marks: toMarkBook(createWatermarkMarks(database)), strengthDb: 2, now: () => new Date(at) });
const ask = { requestId: 'req_1', sampleRateHz: 22_050, seconds: 10 };
const rows = () => database.selectFrom('watermark_marks').selectAll().orderBy('id').execute();

describe('who is marked', () => {
  it.each([
    ['free', undefined, true], ['free', 'pro', true], ['free', 'enterprise', true], ['priority', 'free', true], ['priority', 'pro', false], ['priority', undefined, false],
  ] as const)('in the %s lane with the plan %s: %s', (lane, plan, owes) => {
    expect(owesMark(caller(lane, plan))).toBe(owes);
  });
});

describe('a mark', () => {
  it('is noted before there is any sound, with a stretch of the day that is nobody else\'s', async () => {
    const marks = open();
    const made = await Promise.all(Array.from({ length: 20 }, (_, index) => marks.begin({ ...ask, seconds: 1 + index, caller: caller('free') })));
    expect(made.every((one) => one !== undefined)).toBe(true);
    const all = (await rows()).toSorted((one, other) => one.start_slot - other.start_slot);
    expect(all).toHaveLength(20);
    let end = 0;
    for (const row of all) {
      expect(row.start_slot).toBe(end);
      expect(row.slots % slotsPerBlock).toBe(0);
      end += row.slots;
    }
    expect(all[0]).toMatchObject({ owner: 'anna', key_id: 'key_1', request_id: 'req_1', secret_id: 'mark_1', day: '2026-12-01' });
    expect(new Set(all.map(({ payload }) => payload)).size).toBe(20);
  });

  it('begins each day anew, with another key', async () => {
    const marks = open();
    await marks.begin({ ...ask, caller: caller('free') });
    at = '2026-12-02T00:00:00Z';
    await marks.begin({ ...ask, caller: caller('free') });
    expect((await rows()).map(({ day, start_slot: start }) => [day, start])).toEqual([['2026-12-01', 0], ['2026-12-02', 0]]);
  });

  it('is neither made nor noted where none is owed', async () => {
    expect(await open().begin({ ...ask, caller: caller('priority', 'pro') })).toBeUndefined();
    expect(await rows()).toEqual([]);
  });

  it('that cannot be made is refused: for want of secrets, of a disk, or because of the rate', async () => {
    const broken = createSpeechMarks({ secrets: async () => { throw new Error('gone'); }, marks: toMarkBook(createWatermarkMarks(database)), strengthDb: 2, now: () => new Date(at) });
    await expect(broken.begin({ ...ask, caller: caller('free') })).rejects.toThrow('gone');
    const full = createSpeechMarks({ secrets: async () => [secret], marks: { reserve: async () => { throw new Error('disk full'); } }, strengthDb: 2, now: () => new Date(at) });
    await expect(full.begin({ ...ask, caller: caller('free') })).rejects.toThrow('disk full');
    await expect(open().begin({ ...ask, sampleRateHz: 4_000, caller: caller('free') })).rejects.toMatchObject({ code: 'mark_unavailable' });
  });

  it('changes the sound, and neither its length nor, by more than its strength, its level', async () => {
    const marker = (await open().begin({ ...ask, caller: caller('free') }))!;
    const clean = Float32Array.from({ length: 50_000 }, (_, i) => 0.3 * Math.sin(i / 7) * Math.sin(i / 900) + 0.1 * Math.sin(i / 3.3));
    const parts = await Array.fromAsync(marked((async function* () { for (let from = 0; from < clean.length; from += 1_111) yield clean.slice(from, from + 1_111); })(), marker));
    const sound = Float32Array.from(parts.flatMap((part) => [...part]));
    expect(sound).toHaveLength(clean.length);
    const energy = (samples: Float32Array) => samples.reduce((sum, one) => sum + one * one, 0);
    const difference = energy(sound.map((one, i) => one - clean[i]!)) / energy(clean);
    expect(difference).toBeGreaterThan(0.001);
    expect(difference).toBeLessThan(0.2);
    expect(Math.abs(10 * Math.log10(energy(sound) / energy(clean)))).toBeLessThan(2);
  });
});

describe('the stretch that is reserved', () => {
  it('holds what is said slowly, and a quarter of an hour of what is not written yet', () => {
    expect([mostSecondsOf({ characters: 1_000, speed: 1 }), mostSecondsOf({ characters: 1_000, speed: 0.25 }), mostSecondsOf({ characters: 3, speed: 4 }), mostSecondsOf({ characters: 0, speed: 1 })]).toEqual([250, 1_000, 10, 900]);
  });
});
